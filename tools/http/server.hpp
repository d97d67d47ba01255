// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/access.hpp"
#include "http/router.hpp"

namespace fliqe::tools {

/// Bounds on what clients can take.
struct HttpLimits {
  std::size_t body = 32 << 20;         ///< bytes of a request
  std::size_t all_bodies = 256 << 20;  ///< bytes of all requests that are being read or answered
  std::uint32_t header = 8 << 10;      ///< bytes
  std::size_t connections = 1024;      ///< without streams
  std::size_t streams = 16384;         ///< responses that go on
  std::size_t stream_queue = 1 << 20;  ///< bytes that wait for a slow client before it is cut off
  double read_seconds = 10;            ///< for a header; a body has a second more for each 256 KB
  double write_seconds = 30;           ///< for a response
  double idle_seconds = 75;            ///< between two requests
};

/// Files in PEM.
struct TlsFiles {
  std::string certificate;  ///< empty: no TLS
  std::string key;
  std::string client_ca;  ///< clients need a certificate of this authority; empty: they need none
};

struct HttpOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8000;  ///< 0: any that is free
  HttpLimits limits{};
  TlsFiles tls{};
  Access access{};
  /// Told of each response: the route's pattern (empty without one), status, seconds. On the
  /// server's thread.
  std::function<void(const std::string&, int, double)> observer{};
};

/// An HTTP/1.1 server on a thread of its own, by Boost.Beast.
class HttpServer {
 public:
  /// Listens. @throws Error `io` naming the address, or the file that TLS cannot use
  HttpServer(HttpOptions options, Router router);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  std::uint16_t port() const noexcept;
  /// Accepts no more; requests that are being answered have so many seconds to end.
  void stop(double seconds);

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

/// "host:port", "[::1]:8000" or "8000" as address and port.
/// @throws Error `invalid_argument`
void parse_listen_address(const std::string& text, HttpOptions& options);

}  // namespace fliqe::tools
