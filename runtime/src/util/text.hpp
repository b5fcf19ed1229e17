#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace poolguard::detail {

/// Text that Postgres takes: bytes that aren't UTF-8, and NUL, become '?'; cut at a character near `most` bytes. An exception's
/// text can be anything, and must not keep a job from being marked as failed.
[[nodiscard]] std::string storable_text(std::string_view text, std::size_t most = 8000);

}  // namespace poolguard::detail
