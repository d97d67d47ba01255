// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "serve/metrics.hpp"
#include "watch/source_policy.hpp"
#include "watch/watcher.hpp"

namespace fliqe::tools {

/// The streams of a service, which callers may change. Thread-safe.
class Cameras {
 public:
  /// @param defaults  what a stream begins with
  /// @param allowed   how the sources that callers name may begin
  Cameras(Watcher& watcher, StreamConfig defaults, std::vector<std::string> allowed)
      : watcher_(watcher), defaults_(std::move(defaults)), policy_(std::move(allowed)) {}

  Watcher& watcher() noexcept { return watcher_; }
  const Watcher& watcher() const noexcept { return watcher_; }
  const StreamConfig& defaults() const noexcept { return defaults_; }

  /// Adds a stream, or replaces the one of that name.
  /// @param json  as a stream of the configuration file
  /// @return whether it is new. @throws Error `invalid_argument`
  bool put(const std::string& name, const std::string& json);
  bool put(StreamConfig stream);

  void write_metrics(MetricsText& text) const;

 private:
  Watcher& watcher_;
  StreamConfig defaults_;
  SourcePolicy policy_;
};

}  // namespace fliqe::tools
