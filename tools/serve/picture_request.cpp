// SPDX-License-Identifier: MIT
#include "serve/picture_request.hpp"

#include <algorithm>
#include <fliqe/base/error.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

namespace fliqe::tools {

ThermalOptions thermal_options(const HttpRequest& request, const ThermalOptions& base) {
  ThermalOptions options = base;
  const auto choose = [&](const char* name, std::string& target,
                          std::initializer_list<std::string_view> known) {
    const auto value = request.value(name);
    if (!value) return;
    require(std::ranges::find(known, *value) != known.end(), ErrorCode::invalid_argument,
            std::string(name) + ": '" + *value + "' is not known");
    target = *value;
  };
  if (const auto agc = request.value("agc")) {
    static_cast<void>(agc_from_string(*agc));
    options.agc = *agc;
  }
  choose("source", options.source, {"rendered", "raw"});
  choose("byte_order", options.byte_order, {"auto", "le", "be"});
  if (const auto size = request.value("raw_size")) options.raw_size = *size;
  return options;
}

std::string picture_name(const HttpRequest& request) {
  return request.value("name").value_or("body");
}

HttpResponse overloaded(bool is_ready) {
  HttpResponse response = is_ready ? error_response(429, "overloaded", "too many requests wait")
                                   : error_response(503, "not_ready", "the service ends or begins");
  response.headers = {{"Retry-After", "1"}};
  return response;
}

}  // namespace fliqe::tools
