/// What adding many jobs in one transaction has in common.
#pragma once

#include <vector>

#include "poolguard/engine.hpp"
#include "poolguard/job.hpp"

namespace poolguard::detail {

/// Locks the quotas of these jobs' names until the transaction ends. Throws QuotaError.
void check_quotas(TransactionEngine& open, const std::vector<NewJob>& jobs, const ExecuteOptions& options);

/// Ids and times, in the order of the jobs.
[[nodiscard]] Result reserve(TransactionEngine& open, const std::vector<NewJob>& jobs, const ExecuteOptions& options);

/// The columns of kCopyBatch.
[[nodiscard]] Params copy_columns(const NewJob& job, const Result& reserved, std::size_t row);

}  // namespace poolguard::detail
