#include "chaos/recording_engine.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "poolguard/retry.hpp"
#include "queue/limits_sql.hpp"
#include "queue/sql.hpp"
#include "queue/wake_sql.hpp"

namespace poolguard::chaos {
namespace {

using nlohmann::json;

/// The names are those of the model (tests/model/lease.pml).
std::string_view operation(std::string_view sql) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kOperations = {{{sql::kClaim, "claim"},
                                                                                        {sql::kClaimWithinLimits, "claim"},
                                                                                        {sql::kNextDue, "due"},  // an idle worker's question
                                                                                        {sql::kNextDueWithinLimits, "due"},
                                                                                        {sql::kRenew, "renew"},
                                                                                        {sql::kComplete, "complete"},
                                                                                        {sql::kCompleteAndRemove, "complete"},
                                                                                        {sql::kCompleteBatch, "complete-batch"},
                                                                                        {sql::kCompleteAndClaim, "complete-and-claim"},
                                                                                        {sql::kFail, "fail"},
                                                                                        {sql::kRelease, "release"},
                                                                                        {sql::kSweepStalled, "sweep"},
                                                                                        {sql::kGet, "look"}}};
  for (const auto& [text, name] : kOperations) {
    if (sql == text) return name;
  }
  return {};
}

/// Of many leases: the answer names those that it was done for. A completion leaves out what another statement has locked, too.
bool is_of_many(std::string_view operation) { return operation == "renew" || operation == "complete-batch"; }

bool is_transition(std::string_view operation) { return operation == "complete" || operation == "fail" || operation == "release"; }

json number(const Params& params, std::size_t index) { return json::parse(params.values().at(index).value_or("null")); }

/// "{1,2}" as [1,2].
json list(const Params& params, std::size_t index) {
  std::string text = params.values().at(index).value_or("{}");
  text.front() = '[';
  text.back() = ']';
  return json::parse(text);
}

json leases(const Result& rows, std::string_view id = "id", std::string_view epoch = "lock_epoch") {
  json all = json::array();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows.at(row, id)) all.push_back({rows.number(row, id), rows.number(row, epoch)});  // else a claim that found none
  }
  return all;
}

}  // namespace

Result RecordingEngine::execute(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  return record([&] { return inner_.execute(sql, params, options); }, sql, params);
}

Result RecordingEngine::execute_direct(std::string_view sql, const Params& params, const ExecuteOptions& options) {
  return record([&] { return inner_.execute_direct(sql, params, options); }, sql, params);
}

void RecordingEngine::transaction(const std::function<void(TransactionEngine&)>& work, const ExecuteOptions& options) {
  inner_.transaction(work, options);
}

Result RecordingEngine::record(const std::function<Result()>& run, std::string_view sql, const Params& params) {
  const std::string_view name = operation(sql);
  if (name.empty()) return run();
  const bool does_both = name == "complete-and-claim";
  json event = {{"call", ++calls_}, {"op", name}};
  if (is_transition(name)) event.update({{"job", number(params, 0)}, {"epoch", number(params, 1)}});
  if (name == "look") event["job"] = number(params, 0);
  if (is_of_many(name)) event.update({{"jobs", list(params, 0)}, {"epochs", list(params, 1)}});
  if (does_both) event.update({{"jobs", list(params, 6)}, {"epochs", list(params, 7)}});
  history_.write(event);
  try {
    Result result = run();
    if (does_both) event["completed"] = leases(result, "completed_id", "completed_epoch");
    if (name == "claim" || does_both || is_of_many(name)) event.update({{"reply", "ran"}, {"leases", leases(result)}});
    else if (is_transition(name)) event["reply"] = result.affected_rows() == 1 ? "ran" : "refused";
    else event["reply"] = "ran";
    if (name == "look" && !result.empty()) event.update({{"status", result.text(0, "status")}, {"epoch", result.number(0, "lock_epoch")}});
    history_.write(event);
    return result;
  } catch (const std::exception& error) {
    // Whatever the error says of the effect: the checker takes it as not known, and the server's own record says what it was.
    event.update({{"reply", "unanswered"}, {"failure", to_string(classify(error))}, {"error", error.what()}});
    history_.write(event);
    throw;
  }
}

}  // namespace poolguard::chaos
