// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fliqe::tools {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

/// A request as a handler sees it.
struct HttpRequest {
  std::string method;
  std::string path;    ///< as it was sent, without the query
  HttpFields query;    ///< decoded
  HttpFields headers;  ///< names in lower case
  std::string body;
  std::map<std::string, std::string> parameters;  ///< of the route's pattern, decoded

  /// The first header of that name, in lower case; empty without one.
  std::string_view header(std::string_view name) const;
  /// The first value of that name; nothing without one.
  std::optional<std::string> value(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string type = "application/json";
  HttpFields headers{};
};

/// A response that goes on. Thread-safe.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  /// Queues a part; shared, since the same one may go to many clients. False once the client is
  /// gone or was cut off because it reads too slowly.
  virtual bool send(std::shared_ptr<const std::string> part) = 0;
  virtual void close() = 0;
};

/// Where a handler leaves its answer: once, from any thread, now or later.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual void respond(HttpResponse response) = 0;
  /// Sends the head of a response without a length, whose parts follow.
  virtual std::shared_ptr<ResponseStream> stream(HttpResponse head) = 0;
};

using Reply = std::shared_ptr<Exchange>;
/// Called on the server's thread, so it must not wait. What it throws becomes a 500.
using HttpHandler = std::function<void(HttpRequest&&, const Reply&)>;

/// {"error": {"code": ..., "message": ...}}
HttpResponse error_response(int status, std::string_view code, std::string_view message);

/// Compares as names of headers do: ASCII letters in either case are the same.
bool is_equal_ignoring_case(std::string_view a, std::string_view b);

/// Text with %XX, and + for a space if `plus_is_space`. Nothing when it is malformed.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space = false);

/// Splits "/path?a=1&b=2". Nothing when it is malformed.
std::optional<HttpFields> parse_query(std::string_view target);

}  // namespace fliqe::tools
