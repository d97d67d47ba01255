// SPDX-License-Identifier: MIT
#include "http/server.hpp"

#include <sys/resource.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <chrono>
#include <fliqe/base/error.hpp>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "http/connection.hpp"

namespace fliqe::tools {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// As many open files as the system lets us have: each connection is one.
void raise_open_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::optional<asio::ssl::context> make_tls(const TlsFiles& files) {
  if (files.certificate.empty()) return std::nullopt;
  asio::ssl::context context(asio::ssl::context::tls_server);
  const auto use = [](const std::string& file, const auto& load) {
    boost::system::error_code error;
    load(error);
    require(!error, ErrorCode::io, file + ": cannot be used for TLS: " + error.message());
  };
  context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  use(files.certificate,
      [&](auto& error) { context.use_certificate_chain_file(files.certificate, error); });
  use(files.key, [&](auto& error) {
    context.use_private_key_file(files.key, asio::ssl::context::pem, error);
  });
  if (!files.client_ca.empty()) {
    use(files.client_ca, [&](auto& error) { context.load_verify_file(files.client_ca, error); });
    context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }
  return context;
}

tcp::endpoint resolve(asio::io_context& io, const HttpOptions& options) {
  boost::system::error_code error;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(options.address, std::to_string(options.port),
                                      tcp::resolver::passive, error);
  require(!error && !found.empty(), ErrorCode::io,
          options.address + ": cannot be resolved: " + error.message());
  return found.begin()->endpoint();
}

}  // namespace

class HttpServer::Core : public ConnectionHost, public std::enable_shared_from_this<Core> {
 public:
  Core(HttpOptions options, Router router)
      : ConnectionHost(std::move(options), std::move(router)), tls_(make_tls(this->options.tls)) {
    raise_open_file_limit();
    const tcp::endpoint endpoint = resolve(io_, this->options);
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    require(!error, ErrorCode::io,
            this->options.address + ":" + std::to_string(this->options.port) +
                ": cannot listen: " + error.message());
    port_ = acceptor_.local_endpoint().port();
  }

  void start() {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }

  std::uint16_t port() const noexcept { return port_; }

  void stop(double seconds) {
    if (!thread_.joinable()) return;
    std::promise<void> drained;
    asio::post(io_, [&] {
      boost::system::error_code ignored;
      acceptor_.close(ignored);
      is_draining = true;
      close_idle();
      wait_until_drained(
          drained, Clock::now() + std::chrono::milliseconds(static_cast<int>(1000 * seconds)));
    });
    drained.get_future().wait();
    thread_.join();  // once nothing waits for anything: what does owns the server
  }

 private:
  using Clock = std::chrono::steady_clock;

  void accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](boost::system::error_code error, tcp::socket socket) {
          if (error == asio::error::operation_aborted || self->is_draining) return;
          if (error) return self->accept_later();  // out of files, say
          self->make_room();
          boost::system::error_code ignored;
          socket.set_option(tcp::no_delay(true), ignored);
          start_connection(std::move(socket), self->tls_ ? &*self->tls_ : nullptr, self);
          self->accept();
        });
  }

  void accept_later() {
    pause_.expires_after(std::chrono::milliseconds(50));
    pause_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->accept();
    });
  }

  void wait_until_drained(std::promise<void>& drained, Clock::time_point end) {
    if (!is_busy() || Clock::now() >= end) {
      close_all();
      return drained.set_value();
    }
    pause_.expires_after(std::chrono::milliseconds(10));
    pause_.async_wait(
        [this, &drained, end](boost::system::error_code) { wait_until_drained(drained, end); });
  }

  asio::io_context io_{1};
  std::optional<asio::ssl::context> tls_;
  tcp::acceptor acceptor_{io_};
  asio::steady_timer pause_{io_};
  std::uint16_t port_ = 0;
  std::thread thread_;
};

HttpServer::HttpServer(HttpOptions options, Router router)
    : core_(std::make_shared<Core>(std::move(options), std::move(router))) {
  core_->start();
}

HttpServer::~HttpServer() {
  stop(0);
}

std::uint16_t HttpServer::port() const noexcept {
  return core_->port();
}

void HttpServer::stop(double seconds) {
  core_->stop(seconds);
}

void parse_listen_address(const std::string& text, HttpOptions& options) {
  const std::size_t colon = text.rfind(':');
  const bool has_address = colon != text.npos && colon > 0;
  std::string address = has_address ? text.substr(0, colon) : options.address;
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  const std::string port = colon == text.npos ? text : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), options.port);
  require(error == std::errc() && end == port.data() + port.size() && !address.empty(),
          ErrorCode::invalid_argument, "--listen: expected ADDRESS:PORT, found '" + text + "'");
  options.address = address;
}

}  // namespace fliqe::tools
