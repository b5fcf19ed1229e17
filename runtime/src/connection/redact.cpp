#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include "poolguard/connection_url.hpp"

namespace poolguard {
namespace {

constexpr std::string_view kMask = "***";
constexpr std::size_t npos = std::string_view::npos;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t find_space(std::string_view text, std::size_t from) {
  while (from < text.size() && !is_space(text[from])) ++from;
  return from;
}

/// True for "host", "host:5432", "[::1]:5432": nothing in it can be a password.
bool is_host_and_port(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == npos ? 0 : bracket);
  if (colon == npos) return true;
  const std::string_view port = authority.substr(colon + 1);
  // Several hosts: "a:1,b:2".
  return std::ranges::all_of(port, [](char c) { return is_word(c) || c == ',' || c == ':' || c == '.' || c == '-'; }) &&
         !port.empty() && std::isdigit(static_cast<unsigned char>(port.front())) != 0;
}

/// Hides what stands between the first ':' and the '@' after "://". The LAST '@' counts: a password with an unescaped '@'
/// is a common mistake, and the text of the error that it causes must not show the half of it.
std::string redact_userinfo(std::string_view text) {
  std::string out;
  std::size_t at_text = 0;
  while (true) {
    const std::size_t scheme = text.find("://", at_text);
    if (scheme == npos) return out.append(text.substr(at_text));
    const std::size_t authority = scheme + 3;
    out.append(text.substr(at_text, authority - at_text));
    std::size_t end = find_space(text, authority);
    std::size_t at = text.substr(authority, end - authority).rfind('@');
    if (at == npos) {
      const std::string_view rest = text.substr(authority, end - authority);
      const std::string_view host = rest.substr(0, rest.find_first_of("/?#'\""));
      if (!is_host_and_port(host)) {
        // "user:pass word@host": hide up to the '@', or everything if there is none.
        at = text.substr(authority).find('@');
        if (at == npos) at = end - authority;
      } else if (host.size() == rest.size()) {
        // "user name:password@host": the space is part of the user, as libpq has it.
        const std::string_view others = text.substr(authority, text.find("://", authority) - authority);
        const std::size_t host_begin = others.find('@');
        if (host_begin != npos && others.substr(0, host_begin).find(':') != npos) at = host_begin;
      }
    }
    if (at == npos) {
      at_text = authority;
      continue;
    }
    const std::string_view userinfo = text.substr(authority, at);
    const std::size_t colon = userinfo.find(':');
    out.append(userinfo.substr(0, colon));
    if (colon != npos) out.append(":").append(kMask);
    at_text = authority + at;
  }
}

std::size_t end_of_value(std::string_view text, std::size_t from, bool in_query) {
  if (from < text.size() && text[from] == '\'' && !in_query) {
    for (++from; from < text.size() && text[from] != '\''; ++from) {
      if (text[from] == '\\') ++from;
    }
    return std::min(from + 1, text.size());
  }
  for (; from < text.size() && !is_space(text[from]); ++from) {
    if (in_query && text[from] == '&') break;
    if (!in_query && text[from] == '\\') ++from;
  }
  return std::min(from, text.size());
}

/// Hides the value of every "…password = value", in keyword form and in the query of a URL.
std::string redact_keywords(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string out;
  std::size_t done = 0;
  for (const std::string_view word = "passw"; done < text.size();) {
    const std::size_t found = lower.find(word, done);
    if (found == npos) break;
    std::size_t equals = found;
    while (equals < text.size() && is_word(text[equals])) ++equals;
    std::size_t key = found;
    while (key > 0 && is_word(text[key - 1])) --key;
    while (equals < text.size() && is_space(text[equals])) ++equals;
    if (equals == text.size() || text[equals] != '=') {
      const std::size_t next = std::max(equals, found + 1);
      out.append(text.substr(done, next - done));
      done = next;
      continue;
    }
    std::size_t value = equals + 1;
    const bool in_query = key > 0 && (text[key - 1] == '?' || text[key - 1] == '&');
    while (!in_query && value < text.size() && is_space(text[value])) ++value;
    out.append(text.substr(done, value - done)).append(kMask);
    done = end_of_value(text, value, in_query);
  }
  return out.append(text.substr(std::min(done, text.size())));
}

}  // namespace

std::string redact(std::string_view text) { return redact_keywords(redact_userinfo(text)); }

}  // namespace poolguard
