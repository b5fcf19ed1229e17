#include "queue/payload.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace poolguard::detail {

void check_json(std::string_view what, std::string_view json, std::size_t most) {
  if (json.size() > most) {
    throw PayloadError(fmt::format("{} has {} bytes, and {} are the limit (QueueOptions::max_payload_bytes). Nothing was written; "
                                   "store the data elsewhere and give the job a reference to it",
                                   what, json.size(), most));
  }
  if (nlohmann::json::accept(json)) return;
  constexpr std::size_t kShown = 80;
  throw PayloadError(fmt::format("{} is not JSON: {}{}. Nothing was written; give a JSON value, such as {{\"key\": 1}} or \"text\"",
                                 what, json.substr(0, kShown), json.size() > kShown ? "…" : ""));
}

bool is_json_refusal(const SqlError& error) {
  return error.sqlstate() == "22P02" || error.sqlstate() == "22P05" || error.sqlstate() == "22003" || error.sqlstate() == "54000";
}

void rethrow_refusal(std::string_view what, const SqlError& error) {
  if (!is_json_refusal(error)) throw;
  throw PayloadError(fmt::format("Postgres does not take {} as jsonb: {}", what, error.what()));
}

}  // namespace poolguard::detail
