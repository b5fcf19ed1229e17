#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace poolguard::cli {

struct Request {
  std::string method;
  std::string path;  ///< decoded
  std::string query;
  std::string client;  ///< its address
  /// By name in lower case. What comes twice is joined with ", " (RFC 9110).
  std::map<std::string, std::string> headers;
  std::string body;

  [[nodiscard]] std::optional<std::string> header(const std::string& name) const;
  /// A parameter of the query, decoded; empty if it isn't there, can't be decoded or is longer than 1000 bytes.
  [[nodiscard]] std::optional<std::string> parameter(const std::string& name) const;
};

struct Answer {
  int status = 200;
  std::string type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Where to listen: "PORT" (of 127.0.0.1), "HOST:PORT" or "[IPV6]:PORT"; port 0 takes a free one.
struct ListenAddress {
  /// Throws ConfigError for anything else: civetweb would take lists of addresses, and marks behind a port.
  [[nodiscard]] static ListenAddress parse(const std::string& text);

  std::string host;  ///< as in a URL: an IPv6 address has its brackets
  std::uint16_t port = 0;
  [[nodiscard]] bool loopback() const;
};

/// Hands every request to one function, on threads of its own, from its making to its end. A body has 4096 bytes at most. An answer is sent with
/// headers that keep it out of caches, frames, other sites and MIME guesses.
class HttpServer {
 public:
  /// `handle` is called from several threads at a time. Throws ConfigError if it can't listen there.
  HttpServer(const ListenAddress& address, std::function<Answer(const Request&)> handle);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace poolguard::cli
