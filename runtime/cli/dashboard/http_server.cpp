#include "dashboard/http_server.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <string_view>

#include <civetweb.h>
#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard::cli {
namespace {

constexpr long long kMostBody = 4096;
constexpr std::size_t kMostParameter = 1000;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

Answer plain(int status, std::string text) { return {.status = status, .type = "text/plain; charset=utf-8", .body = std::move(text)}; }

Request read_head(const mg_request_info& info) {
  Request request{.method = info.request_method,
                  .path = info.local_uri != nullptr ? info.local_uri : "",
                  .query = info.query_string != nullptr ? info.query_string : "",
                  .client = info.remote_addr,
                  .headers = {},
                  .body = {}};
  for (int i = 0; i < info.num_headers; ++i) {
    const auto [at, is_new] = request.headers.emplace(lower(info.http_headers[i].name), info.http_headers[i].value);
    if (!is_new) at->second.append(", ").append(info.http_headers[i].value);
  }
  return request;
}

/// An answer if the body can't be taken.
std::optional<Answer> read_body(mg_connection* connection, const mg_request_info& info, Request& request) {
  if (request.header("transfer-encoding")) return plain(411, "give a Content-Length\n");
  if (!request.header("content-length") || info.content_length <= 0) return std::nullopt;
  if (info.content_length > kMostBody) return plain(413, fmt::format("a body has {} bytes at most\n", kMostBody));
  const auto length = static_cast<std::size_t>(info.content_length);
  std::array<char, 1024> part{};
  while (request.body.size() < length) {
    const int got = mg_read(connection, part.data(), std::min(part.size(), length - request.body.size()));
    if (got <= 0) return plain(400, "the body is shorter than its Content-Length\n");
    request.body.append(part.data(), static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

void send(mg_connection* connection, const Answer& answer) {
  std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\n"
      "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n",
      answer.status, mg_get_response_code_text(connection, answer.status), answer.type, answer.body.size());
  for (const auto& [name, value] : answer.headers) head += fmt::format("{}: {}\r\n", name, value);
  head += "\r\n";
  // A client that has gone needs no answer.
  (void)mg_write(connection, head.data(), head.size());
  (void)mg_write(connection, answer.body.data(), answer.body.size());
}

std::optional<std::uint16_t> read_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return host.size() > 2 && host.front() == '[' && host.back() == ']' &&
         ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address) == 1;
}

bool is_name(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

}  // namespace

std::optional<std::string> Request::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> Request::parameter(const std::string& name) const {
  std::array<char, kMostParameter + 1> value{};
  const int length = mg_get_var(query.data(), query.size(), name.c_str(), value.data(), value.size());
  return length < 0 ? std::nullopt : std::optional(std::string(value.data(), static_cast<std::size_t>(length)));
}

ListenAddress ListenAddress::parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const std::string host = colon == std::string::npos ? "127.0.0.1" : lower(text.substr(0, colon));
  const auto port = read_port(colon == std::string::npos ? std::string_view(text) : std::string_view(text).substr(colon + 1));
  if (!port || !(is_name(host) || is_ipv6(host))) {
    throw ConfigError(fmt::format("'{}' is no address to listen on: give PORT, HOST:PORT or [IPV6]:PORT", text));
  }
  return {.host = host == "localhost" ? "127.0.0.1" : host, .port = *port};
}

bool ListenAddress::loopback() const {
  in_addr address{};
  if (::inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24U == 127;
  return host == "[::1]";
}

struct HttpServer::Inside {
  std::function<Answer(const Request&)> handle;
  mg_context* server = nullptr;

  Inside() = default;
  ~Inside() { mg_stop(server); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  /// civetweb's "handle everything" callback: nothing of its own (files, preflights) is ever reached.
  static int take(mg_connection* connection) {
    const mg_request_info* info = mg_get_request_info(connection);
    Request request = read_head(*info);
    std::optional<Answer> answer = read_body(connection, *info, request);
    try {
      if (!answer) answer = static_cast<const Inside*>(info->user_data)->handle(request);
    } catch (const std::exception&) {
      answer = plain(500, "the answer could not be made\n");  // `handle` answers for what it knows of
    }
    send(connection, *answer);
    return answer->status;
  }
};

HttpServer::HttpServer(const ListenAddress& address, std::function<Answer(const Request&)> handle)
    : inside_(std::make_unique<Inside>()) {
  inside_->handle = std::move(handle);
  const std::string where = fmt::format("{}:{}", address.host, address.port);
  // civetweb would answer preflights of every other site with yes.
  const char* options[] = {"listening_ports", where.c_str(), "num_threads", "4", "request_timeout_ms", "10000",
                           "access_control_allow_methods", "", "access_control_allow_origin", "", nullptr};
  mg_callbacks callbacks{};
  callbacks.begin_request = Inside::take;
  inside_->server = mg_start(&callbacks, inside_.get(), options);
  if (inside_->server == nullptr) {
    throw ConfigError(fmt::format("the dashboard can't be served on {}: give an address of this machine, and a port not in use", where));
  }
}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const noexcept {
  mg_server_port port{};
  return mg_get_server_ports(inside_->server, 1, &port) == 1 ? static_cast<std::uint16_t>(port.port) : 0;
}

}  // namespace poolguard::cli
