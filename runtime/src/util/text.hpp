#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace poolguard::detail {

/// Text that Postgres takes: bytes that aren't UTF-8, and NUL, become '?'; cut at a character near `most` bytes. An exception's
/// text can be anything, and must not keep a job from being marked as failed.
[[nodiscard]] std::string storable_text(std::string_view text, std::size_t most = 8000);

/// A time in its two largest units, rounded down: 45s, 3m05s, 2h10m, 4d03h.
[[nodiscard]] std::string span_text(std::chrono::milliseconds time);

/// A time in UTC as RFC 3339 writes it: 2026-12-01T08:00:00Z. Not by fmt/chrono.h: that of fmt 10.1 (Debian 13) doesn't compile
/// with Clang 22.
[[nodiscard]] std::string utc_text(std::chrono::sys_seconds time);

/// Text for a terminal, in one line: what could steer the terminal or deceive its reader becomes '?' (control characters of C0 and C1,
/// separators of lines, marks that turn the direction of writing), as does what isn't UTF-8.
[[nodiscard]] std::string printable_text(std::string_view text);

}  // namespace poolguard::detail
