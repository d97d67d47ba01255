// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "http/server.hpp"

namespace fliqe::tools {

/// What the host of connections may do with one. On the server's thread only.
class Connection {
 public:
  enum class State { reading, answering, streaming };

  virtual ~Connection() = default;
  virtual State state() const noexcept = 0;
  virtual void close() = 0;
};

/// What connections share. On the server's thread only.
class ConnectionHost {
 public:
  using Connections = std::list<Connection*>;

  ConnectionHost(HttpOptions chosen, Router routes)
      : options(std::move(chosen)), router(std::move(routes)) {}

  /// What is said to a request, before its body is read, instead of calling its route.
  std::optional<HttpResponse> refusal(const HttpRequest& request, const Router::Match& match,
                                      std::size_t body) const;
  /// Bytes of a request.
  std::size_t most_body(const Router::Match& match) const;
  HttpResponse too_large_body(const Router::Match& match) const;
  /// Closes the connection that has been reading for longest, if there are too many.
  void make_room();
  void close_idle();
  void close_all();
  /// Whether a request is being answered.
  bool is_busy() const;

  const HttpOptions options;
  const Router router;
  Connections connections;     ///< the oldest first
  std::size_t streams = 0;     ///< of them
  std::size_t body_bytes = 0;  ///< reserved for requests
  bool is_draining = false;
};

/// Serves a client until it leaves. @param tls  nothing: without TLS
void start_connection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls,
                      std::shared_ptr<ConnectionHost> host);

}  // namespace fliqe::tools
