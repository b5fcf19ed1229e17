#include <fmt/format.h>

#include "poolguard/connection_manager.hpp"

namespace poolguard {
namespace {

std::string pool_text(const PoolStats& stats) {
  return fmt::format("{} of {} on loan, {} open, {} waiting", stats.in_use, stats.size, stats.open, stats.waiting);
}

}  // namespace

std::string_view to_string(SessionSource source) noexcept {
  switch (source) {
    case SessionSource::explicit_url: return "explicit";
    case SessionSource::corrected: return "corrected";
    case SessionSource::derived: return "derived";
    case SessionSource::session_pooler: return "session-pooler";
    case SessionSource::same_url: return "same-url";
    case SessionSource::disabled: return "disabled";
    case SessionSource::degraded: return "degraded";
  }
  return "unknown";
}

std::string Description::text() const {
  const std::string beside = dedicated_sessions == 0 ? "" : fmt::format("; {} more for listeners", dedicated_sessions);
  return fmt::format("transaction lane: {} ({})\nsession lane:     {} [{}] ({}{}){}", transaction_url, pool_text(transaction),
                     session_url.empty() ? "none" : session_url, to_string(session_source),
                     session_open ? pool_text(session) : "not opened yet", beside, inherited ? "\npools inherited from a parent" : "");
}

}  // namespace poolguard
