// SPDX-License-Identifier: MIT
#include <algorithm>

#include "http/connection.hpp"

namespace fliqe::tools {
namespace {

bool changes_something(const std::string& method) {
  return method != "GET" && method != "HEAD";
}

}  // namespace

std::optional<HttpResponse> ConnectionHost::refusal(const HttpRequest& request,
                                                    const Router::Match& match,
                                                    std::size_t body) const {
  const bool is_open = options.access.is_open();
  if (is_open && options.tls.client_ca.empty() && names_loopback(options.address) &&
      !names_loopback(request.header("host"))) {
    return error_response(403, "forbidden", "Host: expected the name of this machine itself");
  }
  if (changes_something(request.method) && is_cross_origin(request)) {
    return error_response(403, "forbidden", "Origin: expected a page of this server");
  }
  if (match.route != nullptr && !match.route->is_public && !options.access.allows(request)) {
    HttpResponse response = error_response(401, "unauthorized", "expected a token that is known");
    response.headers = {{"WWW-Authenticate", "Basic realm=\"fliqe\", charset=\"UTF-8\""}};
    return response;
  }
  // In the words of the Python original's framework, whose clients may compare them.
  if (match.route == nullptr && match.allowed.empty())
    return HttpResponse{404, R"({"detail":"Not Found"})"};
  if (match.route == nullptr) {
    return HttpResponse{
        405, R"({"detail":"Method Not Allowed"})", "application/json", {{"Allow", match.allowed}}};
  }
  if (body > most_body(match)) return too_large_body(match);
  if (body_bytes + body > options.limits.all_bodies) {
    HttpResponse response = error_response(429, "overloaded", "too much is being sent at once");
    response.headers = {{"Retry-After", "1"}};
    return response;
  }
  return std::nullopt;
}

std::size_t ConnectionHost::most_body(const Router::Match& match) const {
  return match.route == nullptr ? options.limits.body
                                : std::min(options.limits.body, match.route->most_body);
}

HttpResponse ConnectionHost::too_large_body(const Router::Match& match) const {
  return error_response(413, "too_large",
                        "body: expected at most " + std::to_string(most_body(match)) + " bytes");
}

void ConnectionHost::make_room() {
  if (connections.size() < options.limits.connections + streams) return;
  const auto oldest = std::ranges::find_if(connections, [](const Connection* each) {
    return each->state() == Connection::State::reading;
  });
  if (oldest != connections.end()) (*oldest)->close();
}

void ConnectionHost::close_idle() {
  // Those that close take themselves off the list.
  const Connections all = connections;
  for (Connection* each : all) {
    if (each->state() != Connection::State::answering) each->close();
  }
}

void ConnectionHost::close_all() {
  const Connections all = connections;
  for (Connection* each : all) each->close();
}

bool ConnectionHost::is_busy() const {
  return std::ranges::any_of(connections, [](const Connection* each) {
    return each->state() == Connection::State::answering;
  });
}

}  // namespace fliqe::tools
