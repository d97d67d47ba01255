// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/quality/options.hpp>
#include <optional>
#include <string>

#include "app/causes.hpp"

namespace fliqe::tools {

/// What became of one picture.
struct ScoredImage {
  std::string file;
  int width = 0;
  int height = 0;
  std::string agc{};                       ///< what made 8 bits of 16; empty when nothing had to
  std::optional<Assessment> assessment{};  ///< nothing when it failed
  Causes causes{};                         ///< of the quality, if it is low
  std::string error{};                     ///< why it failed
  std::string error_code{};  ///< an `ErrorCode`, out_of_memory or internal; empty when scored
};

}  // namespace fliqe::tools
