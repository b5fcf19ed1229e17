#include "poolguard/events.hpp"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace poolguard {

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "unknown";
}

EventSink stderr_sink(Level least) {
  return [least](const Event& event) {
    if (event.level < least) return;
    const std::string line = fmt::format("poolguard: {}: {} [{}]\n", to_string(event.level), event.message, event.name);
    // One write a line, so that lines of several threads don't mix.
    std::fwrite(line.data(), 1, line.size(), stderr);
  };
}

EventSink both(EventSink first, EventSink second) {
  return [first = std::move(first), second = std::move(second)](const Event& event) {
    emit(first, event.level, event.name, event.message);
    emit(second, event.level, event.name, event.message);
  };
}

void emit(const EventSink& sink, Level level, std::string name, std::string message) noexcept {
  if (!sink) return;
  try {
    sink(Event{level, std::move(name), std::move(message)});
  } catch (...) {
    // The contract of EventSink: an operator's log must never stop a worker.
  }
}

}  // namespace poolguard
