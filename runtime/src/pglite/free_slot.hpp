#pragma once

#include <chrono>
#include <memory>

#include "poolguard/connection_url.hpp"

namespace poolguard::detail {

/// Finds out when PGLite's socket server has room for its one connection. A client that comes too early is turned away, and that has two
/// flaws (@electric-sql/pglite-socket 0.2.17): if the client has sent something by then (a startup packet, as libpq has), the server
/// never closes the socket, counts it for ever and is deaf from then on; if it has gone by then, the server crashes. So this asks first,
/// by connections that send nothing, and that stay until the server has ended them. Used by one thread at a time.
class FreeSlot {
 public:
  explicit FreeSlot(ConnectionUrl url);
  ~FreeSlot();
  FreeSlot(const FreeSlot&) = delete;
  FreeSlot& operator=(const FreeSlot&) = delete;

  /// False if there was no room until `until`. Throws ConnectError if nobody listens.
  [[nodiscard]] bool await(std::chrono::steady_clock::time_point until);

 private:
  class Inquiry;

  const ConnectionUrl url_;
  std::unique_ptr<Inquiry> open_;  // one that the server hasn't answered
};

}  // namespace poolguard::detail
