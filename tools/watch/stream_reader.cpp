// SPDX-License-Identifier: MIT
#include "watch/stream_reader.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <thread>

namespace fliqe::tools {
namespace {

StreamReader::Clock::duration in_clock(double seconds) {
  return std::chrono::duration_cast<StreamReader::Clock::duration>(
      std::chrono::duration<double>(seconds));
}

}  // namespace

StreamReader::StreamReader(const StreamConfig& stream, Backoff backoff, Listener listener,
                           const std::atomic<bool>& stopped)
    : stream_(stream),
      reading_(stream.reading),
      backoff_(backoff),
      listener_(std::move(listener)),
      stopped_(stopped) {
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
    if (!sleep_until(Clock::now() + in_clock(wait))) return;
  }
}

void StreamReader::read() {
  const std::unique_ptr<FrameSource> source = open_frame_source(stream_.source, reading_);
  began_ = Clock::now();
  bool is_first = true;
  while (!stopped_) {
    std::optional<VideoFrame> frame = source->next();
    if (!frame) return;
    if (is_first) {
      listener_.connected(source->info());
      backoff_.reset();
      is_first = false;
    }
    if (stream_.realtime) wait_for(frame->seconds);
    listener_.frame(std::move(*frame));
  }
}

void StreamReader::wait_for(double seconds) {
  static_cast<void>(sleep_until(began_ + in_clock(seconds)));
}

bool StreamReader::sleep_until(Clock::time_point time) const {
  constexpr auto step = std::chrono::milliseconds(50);
  while (!stopped_ && Clock::now() < time) {
    std::this_thread::sleep_until(std::min<Clock::time_point>(time, Clock::now() + step));
  }
  return !stopped_;
}

}  // namespace fliqe::tools
