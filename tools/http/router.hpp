// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.hpp"

namespace fliqe::tools {

/// What a server does for a method and a path.
struct Route {
  std::string method;
  std::string pattern;  ///< "/v1/streams/{name}/frame.jpg"; a {part} stands for one segment
  HttpHandler handler;
  bool is_public = false;                                           ///< needs no authorization
  std::size_t most_body = std::numeric_limits<std::size_t>::max();  ///< bytes
};

/// Finds the route of a request.
class Router {
 public:
  void add(Route route) { routes_.push_back(std::move(route)); }

  const std::vector<Route>& routes() const noexcept { return routes_; }

  struct Match {
    const Route* route = nullptr;
    std::map<std::string, std::string> parameters;
    std::string allowed;  ///< without a route: the methods that the path knows, "GET, PUT"
  };

  /// HEAD finds the routes of GET.
  Match find(std::string_view method, std::string_view path) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace fliqe::tools
