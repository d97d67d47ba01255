// SPDX-License-Identifier: MIT
#include "images/ramp.hpp"

#include <CLI/CLI.hpp>

namespace fliqe::tools {

void add_ramp_option(CLI::App& command, std::string& name) {
  command
      .add_option("--ramp", name,
                  "colours from bad to good: red-green, or orange-blue, which the colour-blind\n"
                  "can tell apart")
      ->check(CLI::IsMember({"red-green", "orange-blue"}))
      ->capture_default_str();
}

}  // namespace fliqe::tools
