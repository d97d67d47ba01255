// SPDX-License-Identifier: MIT
#include "http/connection.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <deque>
#include <exception>
#include <new>
#include <sstream>
#include <type_traits>
#include <utility>
#include <vector>

#include "http/server.hpp"

namespace fliqe::tools {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;
using SystemError = boost::system::error_code;

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(1000 * seconds));
}

/// Set when the connection of a stream ends.
using Closed = std::shared_ptr<std::atomic<bool>>;

/// A response without an end, as its sender sees it.
class StreamHandle : public ResponseStream {
 public:
  using Send = std::function<void(std::shared_ptr<const std::string>)>;

  StreamHandle(std::shared_ptr<ConnectionHost> host, asio::any_io_executor executor, Closed closed,
               Send send)
      : host_(std::move(host)),
        executor_(std::move(executor)),
        closed_(std::move(closed)),
        send_(std::move(send)) {}

  bool send(std::shared_ptr<const std::string> part) override {
    if (*closed_) return false;
    asio::dispatch(executor_, [send = send_, part = std::move(part)] { send(part); });
    return true;
  }

  void close() override { send(nullptr); }

 private:
  std::shared_ptr<ConnectionHost> host_;  ///< owns what the executor runs on
  asio::any_io_executor executor_;
  Closed closed_;
  Send send_;
};

/// Brings an answer to the server's thread. It does not own the connection, which dies there, and
/// what waits there when the server stops owns nothing of the server.
template <class Connection>
class Answer : public Exchange {
 public:
  Answer(const std::shared_ptr<Connection>& connection, std::shared_ptr<ConnectionHost> host,
         asio::any_io_executor executor)
      : connection_(connection), host_(std::move(host)), executor_(std::move(executor)) {}

  ~Answer() override {
    if (is_given_) return;
    try {
      on_its_thread([](Connection& connection) { connection.abandon(); });
    } catch (const std::bad_alloc&) {  // the client waits until the server stops
    }
  }

  void respond(HttpResponse response) override {
    is_given_ = true;
    on_its_thread([response = std::move(response)](Connection& connection) mutable {
      connection.respond(std::move(response));
    });
  }

  std::shared_ptr<ResponseStream> stream(HttpResponse head) override {
    is_given_ = true;
    auto closed = std::make_shared<std::atomic<bool>>(false);
    auto handle = std::make_shared<StreamHandle>(
        host_, executor_, closed,
        [weak = connection_](const std::shared_ptr<const std::string>& part) {
          if (const auto connection = weak.lock()) connection->queue(part);
        });
    on_its_thread([head = std::move(head), closed](Connection& connection) {
      connection.begin_stream(head, closed);
    });
    return handle;
  }

 private:
  template <class Work>
  void on_its_thread(Work work) {
    asio::post(executor_, [weak = connection_, work = std::move(work)]() mutable {
      if (const auto connection = weak.lock()) work(*connection);
    });
  }

  std::weak_ptr<Connection> connection_;
  std::shared_ptr<ConnectionHost> host_;  ///< owns what the executor runs on
  asio::any_io_executor executor_;
  bool is_given_ = false;
};

template <class Stream>
class BeastConnection : public Connection,
                        public std::enable_shared_from_this<BeastConnection<Stream>> {
 public:
  template <class... Arguments>
  BeastConnection(std::shared_ptr<ConnectionHost> host, Arguments&&... arguments)
      : host_(std::move(host)), stream_(std::forward<Arguments>(arguments)...) {
    place_ = host_->connections.insert(host_->connections.end(), this);
  }

  ~BeastConnection() override {
    if (closed_) *closed_ = true;
    host_->connections.erase(place_);
    if (state_ == State::streaming) --host_->streams;
    host_->body_bytes -= reserved_;
  }

  State state() const noexcept override { return state_; }

  void close() override {
    const auto kept = std::move(kept_);
    beast::get_lowest_layer(stream_).close();
  }

  void start() {
    if constexpr (has_tls) {
      expect(host_->options.limits.read_seconds);
      stream_.async_handshake(asio::ssl::stream_base::server, [self = self()](SystemError error) {
        if (!error) self->read(self->host_->options.limits.read_seconds);
      });
    } else {
      read(host_->options.limits.read_seconds);
    }
  }

  void respond(HttpResponse response) {
    if (!is_answered_) write(std::move(response));
  }

  /// Without an answer, the client learns of it at least.
  void abandon() {
    if (!is_answered_) close();
  }

  void begin_stream(const HttpResponse& head, Closed closed) {
    if (is_answered_) return;
    kept_.reset();
    if (host_->streams >= host_->options.limits.streams || host_->is_draining) {
      *closed = true;
      return write(error_response(503, "overloaded", "too many streams"));
    }
    is_answered_ = true;
    closed_ = std::move(closed);
    state_ = State::streaming;
    ++host_->streams;
    auto made = head_of(head);
    made.keep_alive(false);
    made.set(http::field::cache_control, "no-store");
    std::ostringstream text;
    text << made.base();
    tell(head.status);
    // What reading the request took is not needed for as long as the client stays.
    parser_.reset();
    buffer_ = beast::flat_buffer();
    auto first = waiting_;
    waiting_.clear();
    queue(std::make_shared<const std::string>(text.str()));
    for (const auto& part : first) queue(part);
    watch_for_end();
  }

  /// Nothing ends the stream once all else is sent.
  void queue(const std::shared_ptr<const std::string>& part) {
    if (state_ != State::streaming) return waiting_.push_back(part);  // the head goes first
    if (part) queued_ += part->size();
    if (queued_ > host_->options.limits.stream_queue) return end_stream();
    waiting_.push_back(part);
    if (waiting_.size() == 1) send_next();
  }

 private:
  static constexpr bool has_tls = !std::is_same_v<Stream, beast::tcp_stream>;

  std::shared_ptr<BeastConnection> self() { return this->shared_from_this(); }
  asio::ip::tcp::socket& socket() { return beast::get_lowest_layer(stream_).socket(); }
  void expect(double seconds) {
    beast::get_lowest_layer(stream_).expires_after(milliseconds(seconds));
  }

  void read(double seconds) {
    state_ = State::reading;
    is_answered_ = false;
    request_ = {};
    match_ = {};
    parser_.emplace();
    parser_->header_limit(host_->options.limits.header);
    parser_->body_limit(host_->options.limits.body);
    expect(seconds);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = self()](SystemError error, std::size_t) {
                              self->began_ = Clock::now();
                              error ? self->refuse_malformed(error) : self->take_header();
                            });
  }

  void refuse_malformed(SystemError error) {
    if (error == http::error::header_limit) {
      return refuse(error_response(
          431, "too_large",
          "header: expected at most " + std::to_string(host_->options.limits.header) + " bytes"));
    }
    if (error == http::error::body_limit) {
      return refuse(host_->too_large_body(match_));
    }
    const bool is_http =
        error.category() == http::make_error_code(http::error::bad_method).category();
    if (!is_http || error == http::error::end_of_stream || error == http::error::partial_message) {
      return;  // the client is gone, or took too long
    }
    refuse(error_response(400, "malformed", "expected HTTP/1.1: " + error.message()));
  }

  void take_header() {
    const auto& message = parser_->get();
    const std::string_view target(message.target().data(), message.target().size());
    request_.method = std::string(message.method_string());
    request_.path = std::string(target.substr(0, target.find('?')));
    for (const auto& field : message) {
      std::string name(field.name_string());
      std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
      request_.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    auto query = parse_query(target);
    if (!query) return refuse(error_response(400, "malformed", "query: %XX expected after %"));
    request_.query = std::move(*query);
    match_ = host_->router.find(request_.method, request_.path);
    parser_->body_limit(host_->most_body(match_));
    const std::size_t body = expected_body();
    if (auto response = host_->refusal(request_, match_, body)) return refuse(std::move(*response));
    request_.parameters = std::move(match_.parameters);
    reserved_ = body;
    host_->body_bytes += reserved_;
    read_body(body);
  }

  /// The most that may come.
  std::size_t expected_body() const {
    if (parser_->content_length()) return static_cast<std::size_t>(*parser_->content_length());
    return parser_->chunked() ? host_->most_body(match_) : 0;
  }

  void read_body(std::size_t size) {
    if (parser_->is_done()) return answer();
    expect(host_->options.limits.read_seconds + static_cast<double>(size) / (256 << 10));
    if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
      static const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      return asio::async_write(stream_, asio::buffer(go_on),
                               [self = self()](SystemError error, std::size_t) {
                                 if (!error) self->read_rest();
                               });
    }
    read_rest();
  }

  void read_rest() {
    http::async_read(stream_, buffer_, *parser_, [self = self()](SystemError error, std::size_t) {
      error ? self->refuse_malformed(error) : self->answer();
    });
  }

  void answer() {
    state_ = State::answering;
    beast::get_lowest_layer(stream_).expires_never();
    request_.body = std::move(parser_->get().body());
    try {
      kept_ = self();
      match_.route->handler(std::move(request_), std::make_shared<Answer<BeastConnection>>(
                                                     kept_, host_, stream_.get_executor()));
    } catch (const std::bad_alloc&) {
      write(error_response(503, "out_of_memory", "out of memory"));
    } catch (const std::exception& error) {
      write(error_response(500, "internal", error.what()));
    }
  }

  /// Answers before the body is read, and ends the connection.
  void refuse(HttpResponse response) {
    state_ = State::answering;
    is_refused_ = true;
    write(std::move(response));
  }

  bool goes_on() const {
    return parser_->is_header_done() && parser_->keep_alive() && !host_->is_draining &&
           (!is_refused_ || expected_body() == 0);
  }

  void write(HttpResponse response) {
    is_answered_ = true;
    kept_.reset();
    const auto& request = parser_->get();
    const bool is_head = request.method() == http::verb::head;
    response_ = head_of(response);
    response_.keep_alive(goes_on());
    response_.content_length(response.body.size());
    if (!is_head) response_.body() = std::move(response.body);
    tell(response.status);
    expect(host_->options.limits.write_seconds);
    serializer_.emplace(response_);
    const auto written = [self = self()](SystemError error, std::size_t) { self->written(error); };
    is_head ? http::async_write_header(stream_, *serializer_, written)
            : http::async_write(stream_, *serializer_, written);
  }

  http::response<http::string_body> head_of(const HttpResponse& response) const {
    const auto& request = parser_->get();
    http::response<http::string_body> made(static_cast<http::status>(response.status),
                                           request.version() == 0 ? 11 : request.version());
    made.set(http::field::server, "fliqe");
    made.set(http::field::content_type, response.type);
    made.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) made.set(name, value);
    return made;
  }

  void tell(int status) const {
    if (!host_->options.observer) return;
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    host_->options.observer(match_.route != nullptr ? match_.route->pattern : "", status, seconds);
  }

  void written(SystemError error) {
    host_->body_bytes -= std::exchange(reserved_, 0);
    response_ = {};
    if (error) return;
    if (goes_on()) {
      is_refused_ = false;
      return read(host_->options.limits.idle_seconds);
    }
    end();
  }

  /// Lets the client read the response before the connection is reset for what it still sends.
  void end() {
    SystemError ignored;
    socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    state_ = State::reading;
    expect(2);
    drain(1 << 20);
  }

  void drain(std::size_t left) {
    discarded_.resize(std::min<std::size_t>(left, 16 << 10));
    if (left == 0) return;
    beast::get_lowest_layer(stream_).async_read_some(
        asio::buffer(discarded_), [self = self(), left](SystemError error, std::size_t count) {
          if (!error) self->drain(left - count);
        });
  }

  void watch_for_end() {
    beast::get_lowest_layer(stream_).expires_never();
    stream_.async_read_some(asio::buffer(&ignored_, 1),
                            [self = self()](SystemError error, std::size_t) {
                              error ? self->end_stream() : self->watch_for_end();
                            });
  }

  void end_stream() {
    if (closed_) *closed_ = true;
    close();
  }

  void send_next() {
    if (waiting_.front() == nullptr) return end_stream();
    asio::async_write(stream_, asio::buffer(*waiting_.front()),
                      [self = self()](SystemError error, std::size_t) {
                        if (error) return self->end_stream();
                        self->queued_ -= self->waiting_.front()->size();
                        self->waiting_.pop_front();
                        if (!self->waiting_.empty()) self->send_next();
                      });
  }

  std::shared_ptr<ConnectionHost> host_;
  ConnectionHost::Connections::iterator place_;
  Stream stream_;
  State state_ = State::reading;
  bool is_answered_ = false;
  bool is_refused_ = false;
  Clock::time_point began_{};
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  HttpRequest request_;
  Router::Match match_;
  std::size_t reserved_ = 0;  ///< bytes of the host's
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  std::shared_ptr<BeastConnection> kept_;  ///< itself, while no operation does and it is answered
  std::vector<char> discarded_;
  Closed closed_;
  std::deque<std::shared_ptr<const std::string>> waiting_;  ///< parts of a stream
  std::size_t queued_ = 0;                                  ///< bytes of them
  char ignored_ = 0;
};

}  // namespace

void start_connection(asio::ip::tcp::socket socket, asio::ssl::context* tls,
                      std::shared_ptr<ConnectionHost> host) {
  if (tls == nullptr) {
    std::make_shared<BeastConnection<beast::tcp_stream>>(std::move(host), std::move(socket))
        ->start();
  } else {
    std::make_shared<BeastConnection<beast::ssl_stream<beast::tcp_stream>>>(std::move(host),
                                                                            std::move(socket), *tls)
        ->start();
  }
}

}  // namespace fliqe::tools
