#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// What to hide of a text: from `begin` up to `end`.
struct Span {
  std::size_t begin;
  std::size_t end;
};

/// Finds what stands between the first ':' and the '@' after "://". The LAST '@' counts: a password with an unescaped '@'
/// is a common mistake, and the text of the error that it causes must not show the half of it.
void find_userinfo(std::string_view text, std::vector<Span>& hidden) {
  std::size_t at_text = 0;
  while (true) {
    const std::size_t scheme = text.find("://", at_text);
    if (scheme == npos) return;
    const std::size_t authority = scheme + 3;
    const std::size_t end = find_space(text, authority);
    std::size_t at = text.substr(authority, end - authority).rfind('@');
    if (at == npos) {
      const std::string_view rest = text.substr(authority, end - authority);
      const std::string_view host = rest.substr(0, rest.find_first_of("/?#'\""));
      if (!is_host_and_port(host)) {
        // "user:pass word@host": hide up to the '@', or everything if there is none.
        at = text.substr(authority).find('@');
        if (at == npos) at = end - authority;
      } else {
        // "user name:password@host": to libpq all up to an '@' before any '/' is the user's, spaces and quotes too.
        const std::string_view before_path = text.substr(authority, text.find('/', authority) - authority);
        const std::size_t host_begin = before_path.find('@');
        if (host_begin != npos && before_path.substr(0, host_begin).find(':') != npos) at = host_begin;
      }
    }
    at_text = authority;
    if (at == npos) continue;
    const std::size_t colon = text.substr(authority, at).find(':');
    if (colon != npos) hidden.push_back({authority + colon + 1, authority + at});
    at_text += at;
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

/// Finds the value of every "…password = value", in keyword form and in the query of a URL.
void find_values(std::string_view text, std::vector<Span>& hidden) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::string_view kWord = "passw";
  std::size_t plain_end = 0, query_end = 0;  // of the last value without quotes: one that begins before it ends there too
  for (std::size_t found = lower.find(kWord); found != npos;) {
    std::size_t equals = found;
    while (equals < text.size() && is_word(text[equals])) ++equals;
    std::size_t key = found;
    while (key > 0 && is_word(text[key - 1])) --key;
    while (equals < text.size() && is_space(text[equals])) ++equals;
    if (equals == text.size() || text[equals] != '=') {
      found = lower.find(kWord, equals);
      continue;
    }
    std::size_t value = equals + 1;
    const bool in_query = key > 0 && (text[key - 1] == '?' || text[key - 1] == '&');
    while (!in_query && value < text.size() && is_space(text[value])) ++value;
    const bool quoted = !in_query && text.substr(value).starts_with('\'');
    std::size_t& known_end = in_query ? query_end : plain_end;
    if (quoted || value >= known_end) {
      hidden.push_back({value, end_of_value(text, value, in_query)});
      if (!quoted) known_end = hidden.back().end;
    }
    // On within the value: "password=" can be the end of another value, whose closing quote looks like an opening one (host='password='
    // password='…'), or be followed by a keyword.
    found = lower.find(kWord, value);
  }
}

/// The text with a mask in place of each piece of it that some of the spans cover.
std::string masked(std::string_view text, std::vector<Span> hidden) {
  std::ranges::sort(hidden, {}, &Span::begin);
  std::string out;
  std::size_t done = 0;
  for (const auto& [begin, end] : hidden) {
    if (begin > done) out.append(text.substr(done, begin - done)).append(kMask);  // else it goes on from the last one; none begins at 0
    done = std::max(done, end);
  }
  return out.append(text.substr(done));
}

}  // namespace

std::string redact(std::string_view text) {
  // Both look at the text as it is: what one hides, the other may need to find its way.
  std::vector<Span> hidden;
  find_userinfo(text, hidden);
  find_values(text, hidden);
  return masked(text, std::move(hidden));
}

}  // namespace poolguard
