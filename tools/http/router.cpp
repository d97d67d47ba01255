// SPDX-License-Identifier: MIT
#include "http/router.hpp"

#include <algorithm>
#include <optional>

namespace fliqe::tools {
namespace {

std::string_view take_segment(std::string_view& path) {
  const std::size_t end = std::min(path.find('/', 1), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

/// The parameters, if the path fits.
std::optional<std::map<std::string, std::string>> match(std::string_view pattern,
                                                        std::string_view path) {
  std::map<std::string, std::string> parameters;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(pattern), found = take_segment(path);
    if (wanted.starts_with("/{")) {
      auto value = percent_decoded(found.substr(1));
      if (!value || value->empty()) return std::nullopt;
      parameters.emplace(wanted.substr(2, wanted.size() - 3), std::move(*value));
    } else if (wanted != found) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

}  // namespace

Router::Match Router::find(std::string_view method, std::string_view path) const {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  Match result;
  for (const Route& route : routes_) {
    auto parameters = match(route.pattern, path);
    if (!parameters) continue;
    if (route.method == wanted) return {&route, std::move(*parameters), {}};
    result.allowed += (result.allowed.empty() ? "" : ", ") + route.method;
  }
  return result;
}

}  // namespace fliqe::tools
