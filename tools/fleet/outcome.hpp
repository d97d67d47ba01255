// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "app/causes.hpp"

namespace fliqe::tools {

/// What became of a picture of a job.
struct Outcome {
  std::string code{};    ///< why it has no score, for programs; empty: it has one
  std::string reason{};  ///< the same for people
  double quality = 0, logit = 0;
  int width = 0, height = 0;
  std::string agc{};     ///< what made 8 bits of 16; empty when nothing had to
  std::string sha256{};  ///< of the bytes
  Causes causes{};       ///< of the quality, if it is low

  bool is_scored() const noexcept { return code.empty(); }
};

}  // namespace fliqe::tools
