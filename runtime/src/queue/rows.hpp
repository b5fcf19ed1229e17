/// Rows to jobs and keys.
#pragma once

#include <string>
#include <vector>

#include "poolguard/job.hpp"
#include "poolguard/result.hpp"

namespace poolguard::detail {

[[nodiscard]] Job read_job(const Result& rows, std::size_t row);
[[nodiscard]] std::vector<Job> read_jobs(const Result& rows);
[[nodiscard]] std::vector<LeaseKey> read_keys(const Result& rows);

/// Array parameters.
[[nodiscard]] std::string ids(const std::vector<LeaseKey>& keys);
[[nodiscard]] std::string epochs(const std::vector<LeaseKey>& keys);

}  // namespace poolguard::detail
