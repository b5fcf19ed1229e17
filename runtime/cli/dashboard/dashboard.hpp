#pragma once

#include <string>

#include "dashboard/gate.hpp"
#include "dashboard/http_server.hpp"
#include "overview/overview.hpp"
#include "poolguard/engine.hpp"
#include "poolguard/events.hpp"
#include "poolguard/queue.hpp"
#include "util/remembered.hpp"

namespace poolguard::cli {

/// The dashboard's page and its API; docs/runtime/dashboard.md lists it. A GET changes nothing. Thread-safe.
class Dashboard {
 public:
  /// The engine must outlive it. What it changes is told `events`.
  Dashboard(Engine& engine, Gate gate, EventSink events);

  [[nodiscard]] Answer answer(const Request& request);

 private:
  [[nodiscard]] Answer answer_get(const Request& request);
  [[nodiscard]] Answer answer_post(const Request& request);
  [[nodiscard]] Answer jobs(const Request& request);
  [[nodiscard]] Answer job(JobId id);
  [[nodiscard]] Answer retry(JobId id, const Request& request);
  [[nodiscard]] Answer cancel(JobId id, const Request& request);
  [[nodiscard]] Answer log_in(const Request& request) const;
  void changed(const std::string& what, JobId id, const Request& request);

  Queue queue_;
  const Gate gate_;
  const EventSink events_;
  detail::Remembered<detail::Overview> overview_;
};

}  // namespace poolguard::cli
