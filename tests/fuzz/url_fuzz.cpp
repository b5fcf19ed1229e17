// Connection strings: read or refused with a ConfigError; what is read survives the way to libpq; no password shows.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "poolguard/connection_url.hpp"
#include "poolguard/errors.hpp"

namespace {

using poolguard::ConnectionUrl;

/// Whether a text that shows `value` shows a password: not if something else there has the same text.
bool is_secret(const ConnectionUrl& url, const std::string& value) {
  constexpr std::size_t kLong = 6;  // shorter ones are found in anything
  if (value.size() < kLong || value.find_first_of("*\\'") != std::string::npos) return false;  // of the mask, or written otherwise
  ConnectionUrl others = url;
  for (const char* keyword : {"password", "sslpassword"}) others.set(keyword, "");
  return ("postgres:// postgresql:// " + others.secret_conninfo()).find(value) == std::string::npos;
}

/// Whether `part` stands in `text` twice or more: one of them may be the value of a keyword that is given again, and no secret.
bool stands_again(std::string_view text, const std::string& part) {
  const std::size_t first = text.find(part);
  return first != std::string_view::npos && text.find(part, first + 1) != std::string_view::npos;
}

void check(std::string_view text) {
  const std::string hidden = poolguard::redact(text);
  try {
    const ConnectionUrl url = ConnectionUrl::parse(text);
    if (!(ConnectionUrl::parse(url.secret_conninfo()) == url)) std::abort();
    for (const char* keyword : {"password", "sslpassword"}) {
      const std::string secret = url.get(keyword);
      if (!is_secret(url, secret)) continue;
      if (hidden.find(secret) != std::string::npos && !stands_again(text, secret)) std::abort();
      for (const std::string& shown : {url.redacted(), poolguard::redact(url.secret_conninfo())}) {
        if (shown.find(secret) != std::string::npos) std::abort();
      }
    }
    (void)url.is_supabase_transaction_pooler();
    if (const auto direct = url.derive_supabase_direct(); direct && direct->is_supabase_transaction_pooler()) std::abort();
  } catch (const poolguard::ConfigError&) {
    // Refused: the text of it is for people.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
