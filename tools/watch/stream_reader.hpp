// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "video/frame_source.hpp"
#include "watch/backoff.hpp"
#include "watch/watch_config.hpp"

namespace fliqe::tools {

/// Reads one stream for as long as it lives and opens it again when it breaks off. Runs on a thread
/// of its own.
class StreamReader {
 public:
  using Clock = std::chrono::steady_clock;

  /// Whom it tells; called on the reader's thread.
  struct Listener {
    std::function<void(const VideoInfo&)> connected;
    std::function<void(VideoFrame&&)> frame;
    std::function<void(const std::string& reason, double retry_seconds)> lost;
    std::function<void(const std::string& error)> ended;  ///< a file; empty: at its end
  };

  /// @param stopped  run() returns soon once it is true
  StreamReader(const StreamConfig& stream, Backoff backoff, Listener listener,
               const std::atomic<bool>& stopped);

  void run();

 private:
  /// Until the stream ends or breaks off: the latter is an Error.
  void read();
  /// Until it is time for a frame of a file.
  void wait_for(double seconds);
  /// False when stopped meanwhile.
  bool sleep_until(Clock::time_point time) const;

  const StreamConfig& stream_;
  SourceOptions reading_;
  Backoff backoff_;
  Listener listener_;
  const std::atomic<bool>& stopped_;
  Clock::time_point began_{};
};

}  // namespace fliqe::tools
