#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "poolguard/errors.hpp"

namespace poolguard::detail {

/// Throws PayloadError, naming `what` ("the payload"), if `json` isn't JSON or is larger than `most` bytes.
void check_json(std::string_view what, std::string_view json, std::size_t most);

/// What we take for JSON and Postgres' jsonb does not: a \u0000, half a surrogate pair, a number too large.
[[nodiscard]] bool is_json_refusal(const SqlError& error);

/// Throws PayloadError for such a refusal, and else the error that is being handled.
[[noreturn]] void rethrow_refusal(std::string_view what, const SqlError& error);

}  // namespace poolguard::detail
