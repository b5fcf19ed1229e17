/// What the runtime tells its operator: one event, one line. Nothing is written to a global logger.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "poolguard/annotations.hpp"

namespace poolguard {

enum class Level { debug, info, warning, error };

/// `name` is stable and made for machines ("lane.degraded"); `message` is a sentence for a human. Neither holds a password.
struct Event {
  Level level = Level::info;
  std::string name;
  std::string message;
};

/// Receives events, from any thread, several at a time. Must not block for long. What it throws is dropped: an operator's
/// log must never stop a worker.
using EventSink = std::function<void(const Event&)>;

[[nodiscard]] std::string_view to_string(Level level) noexcept;

/// Writes events from `least` upwards to stderr, one line each. The default sink, with `least` = warning.
[[nodiscard]] EventSink stderr_sink(Level least = Level::warning);

/// Appends events from `least` upwards to `file`, one JSON object a line: {"time": RFC 3339 in UTC, "level", "event": the name,
/// "message", "pid"}. Those keys stay; others may come. Passwords are taken out once more. Several processes may share a file. Throws
/// ConfigError if it can't be opened.
[[nodiscard]] EventSink json_lines_sink(const std::filesystem::path& file, Level least = Level::info);

/// Hands each event to both.
[[nodiscard]] EventSink both(EventSink first, EventSink second);

/// Hands `event` to `sink` (an empty one drops it) and keeps what the sink throws.
POOLGUARD_LOGS
void emit(const EventSink& sink, Level level, std::string name, std::string message) noexcept;

}  // namespace poolguard
