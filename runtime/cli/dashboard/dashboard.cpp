#include "dashboard/dashboard.hpp"

#include <charconv>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "dashboard/json_answer.hpp"
#include "jobs_json.hpp"
#include "overview_json.hpp"
#include "poolguard/connection_url.hpp"
#include "poolguard/errors.hpp"
#include "util/text.hpp"

namespace poolguard::cli {
namespace {

constexpr std::string_view kPage =
#include "page.html.inc"
    ;
constexpr std::string_view kStyle =
#include "page.css.inc"
    ;
constexpr std::string_view kScript =
#include "page.js.inc"
    ;
constexpr std::string_view kIcon =
#include "icon.svg.inc"
    ;

/// However many pages look, the database is asked so often.
constexpr std::chrono::milliseconds kLookEvery{1000};
constexpr std::string_view kJobs = "/api/jobs/";

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Answer> page_part(const std::string& path) {
  const auto text = [](std::string_view type, std::string_view body) {
    return Answer{.status = 200, .type = fmt::format("{}; charset=utf-8", type), .body = std::string(body)};
  };
  if (path == "/") return text("text/html", kPage);
  if (path == "/page.css") return text("text/css", kStyle);
  if (path == "/page.js") return text("text/javascript", kScript);
  if (path == "/icon.svg") return text("image/svg+xml", kIcon);
  return std::nullopt;
}

/// What is large is shown with the one job only.
nlohmann::json in_short(const Job& job) {
  nlohmann::json out = to_json(job);
  for (const char* key : {"payload", "result", "progress"}) out.erase(key);
  return out;
}

/// The database would refuse to compare with other texts.
bool storable(const std::string& text) { return detail::storable_text(text, text.size()) == text; }

Answer not_there() { return failure(404, "there is nothing here"); }

}  // namespace

Dashboard::Dashboard(Engine& engine, Gate gate, EventSink events)
    : queue_(engine),
      gate_(std::move(gate)),
      events_(std::move(events)),
      overview_(kLookEvery, [&engine] { return detail::look_at(engine, {}, limits()); }) {}

Answer Dashboard::answer(const Request& request) {
  try {
    if (auto refused = gate_.refusal(request)) return *std::move(refused);
    return request.method == "GET" ? answer_get(request) : answer_post(request);
  } catch (const KeyTakenError& error) {
    return failure(409, redact(error.what()));
  } catch (const Error& error) {
    return failure(503, redact(error.what()));
  }
}

Answer Dashboard::answer_get(const Request& request) {
  if (auto part = page_part(request.path)) return *std::move(part);
  if (!gate_.lets_in(request)) return failure(401, "give the dashboard's token", {{"WWW-Authenticate", "Bearer"}});
  if (request.path == "/api/state") return json_answer(200, to_json(overview_.get()));
  if (request.path == "/api/jobs") return jobs(request);
  if (!request.path.starts_with(kJobs)) return not_there();
  const auto id = number(std::string_view(request.path).substr(kJobs.size()));
  return id ? job(*id) : not_there();
}

Answer Dashboard::answer_post(const Request& request) {
  if (request.path == "/api/login") return log_in(request);
  if (!gate_.lets_in(request)) return failure(401, "give the dashboard's token; nothing was changed", {{"WWW-Authenticate", "Bearer"}});
  const std::string_view path = request.path;
  const std::size_t slash = path.rfind('/');
  if (!path.starts_with(kJobs) || slash < kJobs.size()) return not_there();
  const auto id = number(path.substr(kJobs.size(), slash - kJobs.size()));
  const std::string_view verb = path.substr(slash + 1);
  if (id && verb == "retry") return retry(*id, request);
  if (id && verb == "cancel") return cancel(*id, request);
  return not_there();
}

Answer Dashboard::jobs(const Request& request) {
  constexpr std::int64_t kMost = 200;
  for (const char* parameter : {"queue", "name"}) {
    if (!storable(request.parameter(parameter).value_or(""))) return failure(400, fmt::format("{} is no text that a job can have", parameter));
  }
  ListFilter filter{.queue = request.parameter("queue"), .status = std::nullopt, .limit = 50, .name = request.parameter("name")};
  if (const auto status = request.parameter("status")) {
    filter.status = parse_job_status(*status);
    if (!filter.status) return failure(400, "status is none of blocked, waiting, active, completed, dead and cancelled");
  }
  if (const auto limit = request.parameter("limit")) {
    const std::int64_t most = number(*limit).value_or(0);
    if (most < 1 || most > kMost) return failure(400, fmt::format("limit must be a number from 1 to {}", kMost));
    filter.limit = static_cast<std::size_t>(most);
  }
  nlohmann::json out = nlohmann::json::array();
  for (const Job& job : queue_.list(filter, limits())) out.push_back(in_short(job));
  return json_answer(200, {{"jobs", std::move(out)}});
}

Answer Dashboard::job(JobId id) {
  const auto job = queue_.get(id, limits());
  return job ? json_answer(200, to_json(*job)) : failure(404, fmt::format("there is no job {}", id));
}

Answer Dashboard::retry(JobId id, const Request& request) {
  if (!queue_.retry(id, limits())) return failure(409, fmt::format("job {} runs, is blocked or completed, or isn't there; nothing was changed", id));
  changed("retry", id, request);
  return json_answer(200, {{"id", id}, {"outcome", "retried"}});
}

Answer Dashboard::cancel(JobId id, const Request& request) {
  const CancelOutcome outcome = queue_.cancel(id, limits());
  if (outcome == CancelOutcome::too_late) return failure(409, fmt::format("job {} has ended, or isn't there; nothing was changed", id));
  changed("cancel", id, request);
  return json_answer(200, {{"id", id}, {"outcome", outcome == CancelOutcome::cancelled ? "cancelled" : "requested"}});
}

Answer Dashboard::log_in(const Request& request) const {
  const auto cookie = gate_.log_in(request);
  if (!cookie) {
    emit(events_, Level::warning, "dashboard.login_refused", fmt::format("{} gave a wrong token", request.client));
    return failure(401, "that isn't the token");
  }
  Answer answer = json_answer(200, {{"ok", true}});
  answer.headers.emplace_back("Set-Cookie", *cookie);
  return answer;
}

void Dashboard::changed(const std::string& what, JobId id, const Request& request) {
  overview_.forget();
  emit(events_, Level::info, "dashboard." + what, fmt::format("job {}, asked for by {}", id, request.client));
}

}  // namespace poolguard::cli
