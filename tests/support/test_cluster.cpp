#include "support/test_cluster.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "poolguard/errors.hpp"

namespace poolguard::test {
namespace {

/// Over the socket, to the cluster itself. Throws std::runtime_error.
void administer(const std::string& statement) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(shared_cluster().socket_url().c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), statement.c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw std::runtime_error(statement + ": " + PQerrorMessage(connection.get()));
}

}  // namespace

std::filesystem::path fresh_copy_folder() {
  const char* folder = std::getenv("POOLGUARD_TEST_CACHE");  // NOLINT(concurrency-mt-unsafe): read only
  return folder == nullptr ? "" : folder;
}

TestCluster::TestCluster(const std::vector<std::string>& settings) {
  std::vector<std::string> all = {"max_connections=60", "shared_buffers=8MB", "max_wal_size=64MB"};
  all.insert(all.end(), settings.begin(), settings.end());
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    port_ = detail::free_port();
    try {
      server_ = std::make_unique<detail::EmbeddedServer>(detail::EmbeddedServerOptions{
          .folder = {}, .tcp_port = port_, .settings = all, .fresh_copy = fresh_copy_folder()});
      return;
    } catch (const ServerStartError&) {
      // Somebody else may have taken the port in between.
      if (attempt == kAttempts) throw;
    }
  }
}

const TestCluster& shared_cluster() {
  static const TestCluster cluster;
  return cluster;
}

TestDatabase::TestDatabase() {
  static int count = 0;  // tests run one after the other
  name_ = fmt::format("test_{}", ++count);
  administer("CREATE DATABASE " + name_);
}

TestDatabase::~TestDatabase() {
  try {
    administer("DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::runtime_error&) {
    // It goes with the cluster.
  }
}

std::string TestCluster::log() const {
  std::ifstream in(server_->folder() / "log");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string TestCluster::url(const std::string& database) const {
  return fmt::format("postgresql://poolguard:{}@127.0.0.1:{}/{}", kPassword, port_, database);
}

}  // namespace poolguard::test
