#include "dashboard/gate.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "dashboard/json_answer.hpp"
#include "poolguard/errors.hpp"

namespace poolguard::cli {
namespace {

constexpr std::size_t kLeastToken = 16;

/// Takes as long whatever the first difference is: only the length of `given` shows in the time.
bool same_secret(std::string_view given, std::string_view secret) {
  unsigned difference = given.size() == secret.size() ? 0U : 1U;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(secret[i % secret.size()]);
  }
  return difference == 0;
}

std::string random_hex() {
  std::array<unsigned char, 32> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) throw Error("the system gives no random numbers");
  std::string out;
  for (const unsigned char byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

/// Of "HOST", "HOST:PORT" or "[IPV6]:PORT". Whatever else may come behind it, it matches no name of ours.
std::string host_of(std::string_view authority) {
  const std::size_t end = authority.starts_with('[') ? authority.find(']') : authority.find(':');
  if (end != std::string_view::npos) authority = authority.substr(0, authority.starts_with('[') ? end + 1 : end);
  std::string host(authority);
  std::ranges::transform(host, host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return host;
}

/// Browsers send a cookie to every port of its host (RFC 6265, 8.5): each dashboard there has a name of its own.
std::string cookie_name(const Request& request) {
  const std::string authority = request.header("host").value_or("");
  const std::string_view port = std::string_view(authority).substr(host_of(authority).size());
  std::string name = "poolguard_ui_";
  std::ranges::copy_if(port, std::back_inserter(name), [](char c) { return c >= '0' && c <= '9'; });
  return name;
}

std::optional<std::string> cookie(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const std::size_t end = header.find(';');
    std::string_view one = header.substr(0, end);
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) return std::string(one.substr(name.size() + 1));
    header = end == std::string_view::npos ? std::string_view() : header.substr(end + 1);
  }
  return std::nullopt;
}

/// Both schemes: a proxy in front may speak TLS.
bool is_own_origin(const Request& request) {
  const auto origin = request.header("origin");
  if (!origin) return true;  // no browser, or none that says
  const std::string host = request.header("host").value_or("");
  return *origin == "http://" + host || *origin == "https://" + host;
}

bool comes_from_own_page(const Request& request) {
  const auto site = request.header("sec-fetch-site");
  return (!site || *site == "same-origin" || *site == "none") && is_own_origin(request);
}

}  // namespace

Gate::Gate(std::set<std::string> hosts, std::string token) : hosts_(std::move(hosts)), token_(std::move(token)), session_(random_hex()) {
  hosts_.insert({"localhost", "127.0.0.1", "[::1]"});
  if (token_.empty()) return;
  const bool sendable = std::ranges::all_of(token_, [](char c) { return c > 0x20 && c < 0x7F; });
  if (token_.size() < kLeastToken || !sendable) {
    throw ConfigError(fmt::format("the dashboard's token must have {} characters or more, of ASCII without spaces. A good one: openssl rand -hex 32",
                                  kLeastToken));
  }
}

std::optional<Answer> Gate::refusal(const Request& request) const {
  if (!hosts_.contains(host_of(request.header("host").value_or("")))) {
    return failure(403, "the dashboard isn't known by this host name; if it should be, start `poolguard-jobs ui` with --host NAME");
  }
  if (request.method == "GET") return std::nullopt;
  if (request.method != "POST") return failure(405, "GET and POST only", {{"Allow", "GET, POST"}});
  if (!comes_from_own_page(request)) return failure(403, "this request comes from another site's page; nothing was changed");
  if (request.header("x-poolguard-ui") != "1") return failure(403, "a POST needs the header X-Poolguard-UI: 1; nothing was changed");
  return std::nullopt;
}

bool Gate::lets_in(const Request& request) const {
  if (token_.empty()) return true;
  constexpr std::string_view kBearer = "Bearer ";
  const std::string authorization = request.header("authorization").value_or("");
  if (authorization.starts_with(kBearer) && same_secret(std::string_view(authorization).substr(kBearer.size()), token_)) return true;
  const auto session = cookie(request.header("cookie").value_or(""), cookie_name(request));
  return session && same_secret(*session, session_);
}

std::optional<std::string> Gate::log_in(const Request& request) const {
  if (token_.empty() || !same_secret(request.body, token_)) return std::nullopt;
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict", cookie_name(request), session_);
}

}  // namespace poolguard::cli
