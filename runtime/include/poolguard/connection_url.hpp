/// Connection strings: parsing, redaction, and where the session lane of a Supabase-shaped one is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace poolguard {

/// The text with every password taken out: URL form (`postgres://user:***@host/db`, `?password=***`) and keyword form
/// (`password=***`). Works on malformed strings and on text with connection strings in it; when in doubt it hides more.
[[nodiscard]] std::string redact(std::string_view text);

/// A libpq connection string, in URL or keyword form, taken apart into libpq's keywords. A value type.
class ConnectionUrl {
 public:
  /// Reads a connection string. `source` names where it came from ("POOLGUARD_DATABASE_URL") for the error's text.
  /// Throws ConfigError if libpq would not take it.
  [[nodiscard]] static ConnectionUrl parse(std::string_view text, std::string_view source = "connection string");

  /// The value of a libpq keyword ("host", "port", "user", …), or "".
  [[nodiscard]] std::string get(const std::string& keyword) const;
  void set(const std::string& keyword, std::string value);
  /// Sets a keyword that has no value yet.
  void set_default(const std::string& keyword, std::string value);

  /// Keyword form for libpq, with the password. Never log it.
  [[nodiscard]] std::string secret_conninfo() const;
  /// URL form without the password, for people.
  [[nodiscard]] std::string redacted() const;

  /// `*.pooler.supabase.com` or `db.<ref>.supabase.co` on port 6543: Supabase's transaction-mode pooler.
  [[nodiscard]] bool is_supabase_transaction_pooler() const;
  /// The direct connection of a Supabase-shaped string: `db.<ref>.supabase.co:5432`, user `postgres`. Empty for others.
  [[nodiscard]] std::optional<ConnectionUrl> derive_supabase_direct() const;

  /// Supabase's session-mode pooler, which the transaction-mode one of `*.pooler.supabase.com` stands beside: the same host and user,
  /// port 5432. Reachable over IPv4, as the direct host often isn't. Empty for others.
  [[nodiscard]] std::optional<ConnectionUrl> derive_supabase_session_pooler() const;

  friend bool operator==(const ConnectionUrl&, const ConnectionUrl&) = default;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace poolguard
