#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace poolguard::cli {

/// Where `watch` draws: stdout. On a terminal each drawing takes the place of the one before, on a screen of its own that is left at the end,
/// and while Ctrl-Z has stopped the process; anywhere else drawings follow each other, without a control sequence.
class Screen {
 public:
  /// `live`: take a terminal's screen, if stdout is one.
  explicit Screen(bool live);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// Lines without control characters; those that don't fit are left out, and it says so. False: the reader has gone. Throws Error if stdout
  /// can't be written to for another reason.
  [[nodiscard]] bool draw(const std::vector<std::string>& lines) const;
  /// As it is, with an end of line. As draw().
  [[nodiscard]] bool line(std::string_view text) const;
  /// Gives the terminal back; for an end without destructors. May be called from any thread.
  void leave() const noexcept;

 private:
  const bool live_;
};

}  // namespace poolguard::cli
