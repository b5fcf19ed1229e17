#include "support/http.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace poolguard::test {
namespace {

std::string exchange(std::uint16_t port, const std::string& request) {
  const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    (void)!::send(connection, request.data(), request.size(), MSG_NOSIGNAL);
    std::array<char, 4096> part{};
    for (ssize_t got = 0; (got = ::read(connection, part.data(), part.size())) > 0;) answer.append(part.data(), static_cast<std::size_t>(got));
  }
  ::close(connection);
  return answer;
}

}  // namespace

HttpAnswer http(std::uint16_t port, const std::string& method, const std::string& path, const std::vector<std::string>& headers,
                const std::string& body) {
  std::string request = method + " " + path + " HTTP/1.1\r\nConnection: close\r\n";
  bool encoded = false;
  for (const std::string& header : headers) {
    request += header + "\r\n";
    encoded = encoded || header.starts_with("Transfer-Encoding:");
  }
  if (!body.empty() && !encoded) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  const std::string whole = exchange(port, request + "\r\n" + body);
  const std::size_t end = whole.find("\r\n\r\n");
  if (!whole.starts_with("HTTP/1.1 ") || end == std::string::npos) return {};
  return {.status = std::atoi(whole.c_str() + 9), .head = whole.substr(0, end), .body = whole.substr(end + 4)};
}

}  // namespace poolguard::test
