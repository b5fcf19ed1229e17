#include "screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <system_error>

#include <fmt/format.h>

#include "poolguard/errors.hpp"

namespace poolguard::cli {
namespace {

// xterm's: the other screen, no cursor, no wrapping of long lines; and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view kLeave = "\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H", kClearLine = "\x1b[K", kClearBelow = "\x1b[J";

/// The error's number, or 0.
int write_all(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// False: nobody reads it.
bool put(std::string_view text) {
  const int error = write_all(text);
  if (error != 0 && error != EPIPE) throw Error(fmt::format("stdout can't be written to: {}", std::generic_category().message(error)));
  return error == 0;
}

std::size_t rows() noexcept {
  constexpr std::size_t kUsual = 24;
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : kUsual;
}

std::string picture(const std::vector<std::string>& lines) {
  const std::size_t room = rows();
  const std::size_t shown = lines.size() <= room ? lines.size() : room - 1;
  std::string out(kHome);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += "\r\n";
    out.append(lines[i]).append(kClearLine);
  }
  if (shown < lines.size()) out.append("\r\n").append(fmt::format("({} more lines)", lines.size() - shown)).append(kClearLine);
  return out.append(kClearBelow);
}

/// Ctrl-Z: the shell has the terminal for as long as the process is stopped. Calls only what a signal handler may.
void stop_and_come_back(int signal) {
  const int error = errno;
  (void)write_all(kLeave);
  struct sigaction usual{}, ours{};
  usual.sa_handler = SIG_DFL;
  ::sigaction(signal, &usual, &ours);
  sigset_t only, before;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::raise(signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, &before);  // stops here
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::sigaction(signal, &ours, nullptr);
  (void)write_all(kEnter);
  errno = error;
}

}  // namespace

Screen::Screen(bool live) : live_(live && ::isatty(STDOUT_FILENO) == 1) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an end like others
  if (!live_) return;
  struct sigaction given{}, ours{};
  ours.sa_handler = stop_and_come_back;
  ours.sa_flags = SA_RESTART;
  ::sigaction(SIGTSTP, nullptr, &given);
  if (given.sa_handler != SIG_IGN) ::sigaction(SIGTSTP, &ours, nullptr);  // ignored: a shell without job control
  (void)put(kEnter);
}

Screen::~Screen() {
  if (live_) std::signal(SIGTSTP, SIG_DFL);
  leave();
}

bool Screen::draw(const std::vector<std::string>& lines) const {
  if (live_) return put(picture(lines));
  std::string out;
  for (const std::string& text : lines) out.append(text).append("\n");
  return put(out.append("\n"));
}

bool Screen::line(std::string_view text) const { return put(std::string(text) + "\n"); }

void Screen::leave() const noexcept {
  if (live_) (void)write_all(kLeave);  // a terminal that has gone needs none
}

}  // namespace poolguard::cli
