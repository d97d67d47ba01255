// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/quality/color.hpp>
#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace fliqe::tools {

/// Adds --ramp, which takes a name for ramp_from_string().
void add_ramp_option(CLI::App& command, std::string& name);

/// "red-green" or "orange-blue".
inline ColorRamp ramp_from_string(const std::string& name) {
  return name == "red-green" ? ColorRamp::red_green : ColorRamp::orange_blue;
}

}  // namespace fliqe::tools
