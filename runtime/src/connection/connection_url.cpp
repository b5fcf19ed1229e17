#include "poolguard/connection_url.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "poolguard/errors.hpp"

namespace poolguard {
namespace {

constexpr std::string_view kPoolerSuffix = ".pooler.supabase.com";
constexpr std::string_view kDirectPrefix = "db.";
constexpr std::string_view kDirectSuffix = ".supabase.co";
constexpr std::string_view kTransactionPoolerPort = "6543";

/// libpq quotes the piece that it stumbled over, and that piece can be a part of the password.
std::string without_quoted_parts(std::string_view message) {
  std::string out;
  bool quoted = false;
  for (const char c : message) {
    if (c == '"') {
      quoted = !quoted;
      out += quoted ? "\"…" : "\"";
    } else if (!quoted && c != '\n') {
      out += c;
    }
  }
  return out;
}

void check_ports(const std::string& ports, std::string_view text, std::string_view source) {
  std::size_t start = 0;
  while (start <= ports.size()) {
    const std::size_t comma = std::min(ports.find(',', start), ports.size());
    const std::string_view port = std::string_view(ports).substr(start, comma - start);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (!port.empty() && (error != std::errc() || end != port.data() + port.size() || number < 1 || number > 65535)) {
      throw ConfigError(fmt::format("{}: the port in '{}' is not a number from 1 to 65535. If the password has '@', ':', '/' "
                                    "or '%' in it, percent-encode them",
                                    source, redact(text)));
    }
    start = comma + 1;
  }
}

std::string quote_value(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

}  // namespace

ConnectionUrl ConnectionUrl::parse(std::string_view text, std::string_view source) {
  constexpr std::string_view kExample = "Give 'postgresql://user:password@host:5432/database' or 'host=… user=… dbname=…'";
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    throw ConfigError(fmt::format("{}: the connection string is empty. {}", source, kExample));
  }
  if (text.find('\0') != std::string_view::npos) {
    throw ConfigError(fmt::format("{}: the connection string has a NUL byte in it. {}", source, kExample));
  }
  char* raw_error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(std::string(text).c_str(), &raw_error), PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> error(raw_error, PQfreemem);
  if (!options) {
    throw ConfigError(fmt::format("{}: '{}' is not a Postgres connection string ({}). {}", source, redact(text),
                                  error ? without_quoted_parts(error.get()) : "out of memory", kExample));
  }
  ConnectionUrl url;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) url.values_.emplace(option->keyword, option->val);
  }
  check_ports(url.get("port"), text, source);
  return url;
}

std::string ConnectionUrl::get(const std::string& keyword) const {
  const auto found = values_.find(keyword);
  return found == values_.end() ? std::string() : found->second;
}

void ConnectionUrl::set(const std::string& keyword, std::string value) { values_[keyword] = std::move(value); }

void ConnectionUrl::set_default(const std::string& keyword, std::string value) {
  values_.try_emplace(keyword, std::move(value));
}

std::string ConnectionUrl::secret_conninfo() const {
  std::string out;
  for (const auto& [keyword, value] : values_) out += fmt::format("{}{}={}", out.empty() ? "" : " ", keyword, quote_value(value));
  return out;
}

std::string ConnectionUrl::redacted() const {
  const std::string host = get("host").empty() ? get("hostaddr") : get("host");
  const bool socket = host.starts_with('/') || host.starts_with('@');
  const std::string user = get("user");
  std::string out = "postgresql://";
  if (!user.empty()) out += user + (get("password").empty() ? "@" : ":***@");
  if (!socket) out += host;
  if (!socket && !get("port").empty()) out += ":" + get("port");
  out += "/" + get("dbname");
  if (socket) out += "?host=" + host + (get("port").empty() ? "" : "&port=" + get("port"));
  return out;
}

bool ConnectionUrl::is_supabase_transaction_pooler() const {
  const std::string host = get("host");
  const bool supabase = host.ends_with(kPoolerSuffix) || (host.starts_with(kDirectPrefix) && host.ends_with(kDirectSuffix));
  return supabase && get("port") == kTransactionPoolerPort;
}

std::optional<ConnectionUrl> ConnectionUrl::derive_supabase_session_pooler() const {
  if (!get("host").ends_with(kPoolerSuffix)) return std::nullopt;
  ConnectionUrl session = *this;
  session.set("port", "5432");
  return session;
}

std::optional<ConnectionUrl> ConnectionUrl::derive_supabase_direct() const {
  const std::string host = get("host");
  ConnectionUrl direct = *this;
  direct.values_.erase("hostaddr");
  direct.set("port", "5432");
  if (host.starts_with(kDirectPrefix) && host.ends_with(kDirectSuffix)) return direct;
  if (!host.ends_with(kPoolerSuffix)) return std::nullopt;
  const std::string user = get("user");
  const std::size_t dot = user.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == user.size()) return std::nullopt;
  direct.set("user", user.substr(0, dot));
  direct.set("host", fmt::format("{}{}{}", kDirectPrefix, user.substr(dot + 1), kDirectSuffix));
  return direct;
}

}  // namespace poolguard
