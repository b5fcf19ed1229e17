#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace poolguard::test {

struct HttpAnswer {
  int status = 0;  ///< 0: nobody listens, or what came is no answer
  std::string head;
  std::string body;
};

/// One request to a port of 127.0.0.1. `headers`: lines as "Name: value", sent as they are; a Host is sent only if one is given. A body has its
/// Content-Length, unless a header says Transfer-Encoding.
[[nodiscard]] HttpAnswer http(std::uint16_t port, const std::string& method, const std::string& path, const std::vector<std::string>& headers,
                              const std::string& body = "");

}  // namespace poolguard::test
