#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "embedded/embedded_server.hpp"

namespace poolguard::test {

/// A private Postgres on a unix socket and on a free port of 127.0.0.1. Runs as root or not, beside others, and ends with the program
/// however that ends.
class TestCluster {
 public:
  /// `settings`: "name=value" for the server.
  explicit TestCluster(const std::vector<std::string>& settings = {});

  [[nodiscard]] int port() const noexcept { return port_; }
  /// Over TCP, with a password in it (which the server doesn't ask for): it must never show anywhere.
  [[nodiscard]] std::string url(const std::string& database = "postgres") const;
  [[nodiscard]] std::string socket_url() const { return server_->url(); }
  /// The postmaster.
  [[nodiscard]] pid_t pid() const noexcept { return server_->process()->pid(); }
  /// What the server has logged so far.
  [[nodiscard]] std::string log() const;
  /// Ends the server at once; url() then leads nowhere.
  void stop() { server_->stop(); }

  static constexpr const char* kPassword = "tops3cret";

 private:
  int port_ = 0;
  std::unique_ptr<detail::EmbeddedServer> server_;
};

/// The server for all tests of this program that neither stop it nor want it set up in another way; each has a database of its own there.
/// Started for the first that asks.
[[nodiscard]] const TestCluster& shared_cluster();

/// An empty database of shared_cluster(), for one test. It goes with the object, whoever is still connected.
class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::string url() const { return shared_cluster().url(name_); }

 private:
  std::string name_;
};

/// Where tests keep a copy of a fresh cluster ($POOLGUARD_TEST_CACHE); empty: initdb runs for each.
[[nodiscard]] std::filesystem::path fresh_copy_folder();

}  // namespace poolguard::test
