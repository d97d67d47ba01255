// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "watch/watch_config.hpp"

namespace fliqe::tools {

/// Networks and video devices, but no files.
std::vector<std::string> default_source_prefixes();

/// What others than the user may have watched.
class SourcePolicy {
 public:
  /// @param allowed  how sources may begin
  explicit SourcePolicy(std::vector<std::string> allowed) : allowed_(std::move(allowed)) {}

  /// @throws Error `invalid_argument` for another source, a name of no or too many bytes, and
  ///         options that make FFmpeg read something else
  void check(const StreamConfig& stream) const;

 private:
  std::vector<std::string> allowed_;
};

}  // namespace fliqe::tools
