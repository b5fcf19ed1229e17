#pragma once

#include <string>
#include <utility>

#include "dashboard/http_server.hpp"
#include "overview_json.hpp"

namespace poolguard::cli {

[[nodiscard]] inline Answer json_answer(int status, const nlohmann::json& json) {
  return {.status = status, .type = "application/json", .body = one_line(json) + "\n"};
}

/// {"error": what is wrong}
[[nodiscard]] inline Answer failure(int status, const std::string& text, std::vector<std::pair<std::string, std::string>> headers = {}) {
  Answer answer = json_answer(status, {{"error", text}});
  answer.headers = std::move(headers);
  return answer;
}

}  // namespace poolguard::cli
