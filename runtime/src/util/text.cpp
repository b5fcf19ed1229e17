#include "util/text.hpp"

#include <array>
#include <cstdint>
#include <ctime>

#include <fmt/format.h>

namespace poolguard::detail {
namespace {

/// The length of the well-formed UTF-8 character at the start of `text`, 0 if there is none (RFC 3629's table).
std::size_t character_length(std::string_view text) {
  const auto byte = [&text](std::size_t i) -> unsigned { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto within = [](unsigned value, unsigned least, unsigned most) { return value >= least && value <= most; };
  const unsigned first = byte(0);
  if (within(first, 0x01, 0x7F)) return 1;
  if (within(first, 0xC2, 0xDF)) return within(byte(1), 0x80, 0xBF) ? 2 : 0;
  if (within(first, 0xE0, 0xEF)) {
    const unsigned least = first == 0xE0 ? 0xA0U : 0x80U;
    const unsigned most = first == 0xED ? 0x9FU : 0xBFU;
    return within(byte(1), least, most) && within(byte(2), 0x80, 0xBF) ? 3 : 0;
  }
  if (within(first, 0xF0, 0xF4)) {
    const unsigned least = first == 0xF0 ? 0x90U : 0x80U;
    const unsigned most = first == 0xF4 ? 0x8FU : 0xBFU;
    return within(byte(1), least, most) && within(byte(2), 0x80, 0xBF) && within(byte(3), 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

/// Of a well-formed character: whether it is more than a mark on the screen.
bool steers(std::string_view character) {
  const auto byte = [&character](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (character.size() == 2) return (byte(0) == 0xC2 && byte(1) < 0xA0) || character == "\u061C";
  // U+200B to U+200F, U+2028 to U+202E, U+2060 to U+206F, U+FEFF.
  if (character == "\uFEFF") return true;
  if (byte(0) != 0xE2) return false;
  if (byte(1) == 0x80) return (byte(2) >= 0x8B && byte(2) <= 0x8F) || (byte(2) >= 0xA8 && byte(2) <= 0xAE);
  return byte(1) == 0x81 && byte(2) >= 0xA0 && byte(2) <= 0xAF;
}

}  // namespace

std::string storable_text(std::string_view text, std::size_t most) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (out.size() + length > most) return out + "…";
    if (length == 0) out += '?';
    else out.append(text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string span_text(std::chrono::milliseconds time) {
  const std::int64_t seconds = time.count() / 1000;
  constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
  if (seconds < kMinute) return fmt::format("{}s", seconds);
  if (seconds < kHour) return fmt::format("{}m{:02}s", seconds / kMinute, seconds % kMinute);
  if (seconds < kDay) return fmt::format("{}h{:02}m", seconds / kHour, seconds % kHour / kMinute);
  return fmt::format("{}d{:02}h", seconds / kDay, seconds % kDay / kHour);
}

std::string utc_text(std::chrono::sys_seconds time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string printable_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, length);
    if (length == 0 || steers(character)) out += '?';
    else out.append(character);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace poolguard::detail
