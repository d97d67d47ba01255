// SPDX-License-Identifier: MIT
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace fliqe::test {

/// A TCP connection to a server on this machine that waits two minutes at most.
class ClientSocket {
 public:
  explicit ClientSocket(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{120, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      ::close(socket_);
      throw std::runtime_error("cannot connect");
    }
  }
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;
  ~ClientSocket() { ::close(socket_); }

  /// False once the server has gone.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// What is there, at least a byte; empty at the end or when nothing comes.
  std::string receive() {
    std::string text(1 << 16, '\0');
    const ssize_t count = ::recv(socket_, text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, count)));
    return text;
  }

  /// Until the text holds `end`, or nothing comes any more.
  std::string receive_until(std::string_view end) {
    std::string text;
    while (text.find(end) == text.npos) {
      const std::string part = receive();
      if (part.empty()) break;
      text += part;
    }
    return text;
  }

 private:
  int socket_;
};

/// What a server answered.
struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;

  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

/// Reads the answer to a request.
inline Answer read_answer(ClientSocket& socket, bool has_body = true) {
  std::string text = socket.receive_until("\r\n\r\n");
  while (text.starts_with("HTTP/1.1 100")) {
    text = text.substr(text.find("\r\n\r\n") + 4);
    if (text.find("\r\n\r\n") == text.npos) text += socket.receive_until("\r\n\r\n");
  }
  Answer answer;
  const std::size_t end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.") || end == text.npos) return answer;
  answer.status = std::atoi(text.c_str() + 9);
  for (std::size_t line = text.find("\r\n"); line < end; line = text.find("\r\n", line + 2)) {
    const std::size_t colon = text.find(": ", line), next = text.find("\r\n", line + 2);
    answer.headers[text.substr(line + 2, colon - line - 2)] =
        text.substr(colon + 2, next - colon - 2);
  }
  answer.body = text.substr(end + 4);
  const auto length = answer.headers.find("Content-Length");
  if (length == answer.headers.end() || !has_body) return answer;
  const std::size_t size = std::stoul(length->second);
  while (answer.body.size() < size) {
    const std::string part = socket.receive();
    if (part.empty()) break;
    answer.body += part;
  }
  return answer;
}

using Headers = std::map<std::string, std::string>;

inline std::string request_text(const std::string& method, const std::string& target,
                                std::string_view body = {}, const Headers& headers = {}) {
  std::string text = method + " " + target + " HTTP/1.1\r\n";
  if (!headers.contains("Host")) text += "Host: localhost\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + std::string(body);
}

/// A request on a connection of its own. Status 0: the server closed it without an answer.
inline Answer request(std::uint16_t port, const std::string& method, const std::string& target,
                      std::string_view body = {}, const Headers& headers = {}) {
  ClientSocket socket(port);
  socket.send(request_text(method, target, body, headers));
  return read_answer(socket, method != "HEAD");
}

}  // namespace fliqe::test
