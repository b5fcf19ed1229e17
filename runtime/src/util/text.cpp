#include "util/text.hpp"

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

}  // namespace poolguard::detail
