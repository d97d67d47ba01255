// SPDX-License-Identifier: MIT
#include "watch/stream_reader.hpp"

#include <exception>
#include <optional>
#include <utility>

namespace fliqe::tools {

StreamReader::StreamReader(const StreamConfig& stream, Backoff backoff, Listener listener,
                           const std::atomic<bool>& stopped, Surroundings surroundings)
    : stream_(stream),
      reading_(stream.reading),
      backoff_(backoff),
      listener_(std::move(listener)),
      stopped_(stopped),
      surroundings_(std::move(surroundings)) {
  reading_.stopped = &stopped;
}

void StreamReader::run() {
  while (!stopped_) {
    std::string reason;
    try {
      read();
      if (is_live(stream_.source)) reason = stream_.name + ": the stream ended";
    } catch (const std::exception& error) {
      reason = error.what();
    }
    if (stopped_) return;
    if (!is_live(stream_.source)) return listener_.ended(reason);
    const double wait = backoff_.next();
    listener_.lost(reason, wait);
    if (!sleep(surroundings_.clock.now(), wait)) return;
  }
}

void StreamReader::read() {
  const std::unique_ptr<FrameSource> source = surroundings_.open(stream_.source, reading_);
  const Clock::time_point began = surroundings_.clock.now();
  bool is_first = true;
  for (std::size_t count = 0; !stopped_; ++count) {
    std::optional<VideoFrame> frame = source->next();
    if (!frame) return;
    if (is_first) {
      listener_.connected(source->info());
      backoff_.reset();
      is_first = false;
    }
    if (count % stream_.every != 0) continue;
    if (stream_.realtime && !sleep(began, frame->seconds)) return;
    listener_.frame(std::move(*frame));
  }
}

bool StreamReader::sleep(Clock::time_point since, double seconds) const {
  return surroundings_.clock.sleep_until(since + clock_seconds(seconds), stopped_);
}

}  // namespace fliqe::tools
