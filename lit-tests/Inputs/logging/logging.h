// Declarations that match spdlog 1.10's and fmt 10's, as far as the tests need them: own code, after spdlog/spdlog.h,
// spdlog/logger.h and fmt/core.h.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace fmt {
inline namespace v10 {

template <typename Char, typename... Args> struct basic_format_string {
  template <typename S>
    requires std::is_convertible_v<const S &, std::basic_string_view<Char>>
  consteval basic_format_string(const S &s) : str(s) {}
  std::basic_string_view<Char> str;
};
template <typename... Args> using format_string = basic_format_string<char, std::type_identity_t<Args>...>;
using string_view = std::string_view;
class format_args {};
template <typename... T> format_args make_format_args(T &...args);

void vprint(string_view fmt, format_args args);
template <typename... T> inline void print(format_string<T...> fmt, T &&...args) {
  vprint(fmt.str, make_format_args(args...));
}
template <typename... T> inline void print(std::FILE *f, format_string<T...> fmt, T &&...args) {}
template <typename... T> inline void println(format_string<T...> fmt, T &&...args) {}

} // namespace v10
} // namespace fmt

namespace spdlog {

template <typename... Args> using format_string_t = fmt::format_string<Args...>;
namespace level {
enum level_enum : int { trace, debug, info, warn, err, critical, off };
}

class logger {
public:
  template <typename... Args> void log(level::level_enum lvl, format_string_t<Args...> fmt, Args &&...args) {}
  template <typename T> void log(level::level_enum lvl, const T &msg) {}
  template <typename... Args> void trace(format_string_t<Args...> fmt, Args &&...args) {}
  template <typename... Args> void debug(format_string_t<Args...> fmt, Args &&...args) {}
  template <typename... Args> void info(format_string_t<Args...> fmt, Args &&...args) {}
  template <typename... Args> void warn(format_string_t<Args...> fmt, Args &&...args) {}
  template <typename... Args> void error(format_string_t<Args...> fmt, Args &&...args) {}
  template <typename... Args> void critical(format_string_t<Args...> fmt, Args &&...args) {}
  template <typename T> void info(const T &msg) {}
};
std::shared_ptr<logger> get(const std::string &name);

template <typename... Args>
inline void log(level::level_enum lvl, format_string_t<Args...> fmt, Args &&...args) {}
template <typename... Args> inline void trace(format_string_t<Args...> fmt, Args &&...args) {}
template <typename... Args> inline void debug(format_string_t<Args...> fmt, Args &&...args) {}
template <typename... Args> inline void info(format_string_t<Args...> fmt, Args &&...args) {}
template <typename... Args> inline void warn(format_string_t<Args...> fmt, Args &&...args) {}
template <typename... Args> inline void error(format_string_t<Args...> fmt, Args &&...args) {}
template <typename... Args> inline void critical(format_string_t<Args...> fmt, Args &&...args) {}
template <typename T> inline void info(const T &msg) {}

} // namespace spdlog
