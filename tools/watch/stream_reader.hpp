// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "video/frame_source.hpp"
#include "watch/backoff.hpp"
#include "watch/clock.hpp"
#include "watch/watch_config.hpp"

namespace fliqe::tools {

/// Clock and frame source, replaceable in tests.
struct Surroundings {
  Clock& clock = real_clock();
  std::function<std::unique_ptr<FrameSource>(const std::string&, const SourceOptions&)> open =
      open_frame_source;
};

/// Reads one stream for as long as it lives and opens it again when it breaks off. Runs on a thread
/// of its own.
class StreamReader {
 public:
  /// Whom it tells; called on the reader's thread.
  struct Listener {
    std::function<void(const VideoInfo&)> connected;
    std::function<void(VideoFrame&&)> frame;
    std::function<void(const std::string& reason, double retry_seconds)> lost;
    std::function<void(const std::string& error)> ended;  ///< a file; empty: at its end
  };

  /// @param stopped  run() returns soon once it is true
  StreamReader(const StreamConfig& stream, Backoff backoff, Listener listener,
               const std::atomic<bool>& stopped, Surroundings surroundings = {});

  void run();

 private:
  /// Until the stream ends or breaks off: the latter is an Error.
  void read();
  /// False when stopped meanwhile.
  bool sleep(Clock::time_point since, double seconds) const;

  const StreamConfig& stream_;
  SourceOptions reading_;
  Backoff backoff_;
  Listener listener_;
  const std::atomic<bool>& stopped_;
  Surroundings surroundings_;
};

}  // namespace fliqe::tools
