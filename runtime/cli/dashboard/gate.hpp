#pragma once

#include <optional>
#include <set>
#include <string>

#include "dashboard/http_server.hpp"

namespace poolguard::cli {

/// Who may ask the dashboard what. Thread-safe: it doesn't change.
///
/// A page of another site that is open in the same browser can make it send requests here. It can't read the answers, can't set a header of its
/// own without a preflight (which is refused), and can't give itself our Host, unless its name is made to lead here (DNS rebinding): so the Host
/// must be one of ours, and what changes something needs the header and, where the browser says one, our own Origin.
class Gate {
 public:
  /// `hosts`: beside localhost, by what names browsers reach it. `token`: "" lets everybody in who reaches it. Throws ConfigError for a token that
  /// is too short or can't be sent.
  Gate(std::set<std::string> hosts, std::string token);

  /// An answer if the request is refused whoever sends it.
  [[nodiscard]] std::optional<Answer> refusal(const Request& request) const;
  /// It has the token, or the cookie of a login.
  [[nodiscard]] bool lets_in(const Request& request) const;
  /// The value for Set-Cookie; empty if the body isn't the token.
  [[nodiscard]] std::optional<std::string> log_in(const Request& request) const;

 private:
  std::set<std::string> hosts_;
  const std::string token_;
  const std::string session_;  ///< random, and new with each process: the cookie doesn't tell the token
};

}  // namespace poolguard::cli
