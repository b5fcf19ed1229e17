/// Rows to jobs and keys.
#pragma once

#include <string>
#include <vector>

#include "poolguard/job.hpp"
#include "poolguard/queue.hpp"
#include "poolguard/result.hpp"

namespace poolguard::detail {

[[nodiscard]] Job read_job(const Result& rows, std::size_t row);
[[nodiscard]] std::vector<Job> read_jobs(const Result& rows);
/// Of a claim, whose rows say how long this run may take.
[[nodiscard]] std::vector<Job> read_claimed(const Result& rows);
/// Of kCompleteAndClaim.
[[nodiscard]] std::vector<LeaseKey> read_completed(const Result& rows);
[[nodiscard]] std::vector<RenewedLease> read_renewed(const Result& rows);
[[nodiscard]] std::optional<std::chrono::milliseconds> ms_or_none(const Result& rows, std::size_t row, std::string_view column);

/// Of a row that counts the jobs, as kStats does.
[[nodiscard]] QueueStats read_stats(const Result& rows, std::size_t row);

/// As the column `backoff` has it.
[[nodiscard]] std::string backoff_json(const Backoff& backoff);

[[nodiscard]] std::vector<LeaseKey> read_keys(const Result& rows);

/// Array parameters.
[[nodiscard]] std::string ids(const std::vector<LeaseKey>& keys);
[[nodiscard]] std::string epochs(const std::vector<LeaseKey>& keys);

}  // namespace poolguard::detail
