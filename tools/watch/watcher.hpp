// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "video/frame_source.hpp"
#include "watch/alert.hpp"
#include "watch/clock.hpp"
#include "watch/event_log.hpp"
#include "watch/frozen_frames.hpp"
#include "watch/hook.hpp"
#include "watch/latencies.hpp"
#include "watch/newest_frames.hpp"
#include "watch/stream_reader.hpp"
#include "watch/stream_scorer.hpp"
#include "watch/watch_config.hpp"

namespace fliqe::tools {

/// What is known of a stream so far.
struct StreamFigures {
  std::size_t received = 0;  ///< frames
  std::size_t scored = 0;    ///< frames
  std::size_t dropped = 0;   ///< frames that a newer one replaced before a worker was free
  std::size_t frozen = 0;    ///< frames that were not scored since the picture did not change
  std::size_t disconnects = 0;
  std::size_t alerts = 0;
  double down_seconds = 0;  ///< without a connection, after the first
  double quality_sum = 0;   ///< of scored frames
  Latencies latencies;      ///< milliseconds from a frame's arrival to its score
};

/// Watches many streams: a thread reads each, workers score the newest frames. Everything that
/// happens becomes an event.
class Watcher {
 public:
  /// @param workers  that score at once
  Watcher(const WatchConfig& config, StreamScorer scorer, EventLog& log, int workers,
          Surroundings surroundings = {});
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher();

  /// Does what is due: stale streams, commands that run. False when there is nothing left to watch.
  /// @throws Error `io` when events cannot be written
  bool attend();
  /// Ends all threads; frames that are being scored are finished. Writes a summary of each stream.
  void stop();

  /// Whether a frame waits or is being scored.
  bool has_work() const;
  /// @param stream  its place in the configuration
  StreamFigures figures(std::size_t stream) const;

 private:
  struct TimedFrame {
    VideoFrame frame;
    Clock::time_point arrival{};
  };

  /// A stream's state; `mutex` guards what stands below it.
  struct Stream {
    explicit Stream(const StreamConfig& stream)
        : config(stream),
          frozen(stream.frozen_after, stream.frozen_tolerance),
          alert(stream.alert) {}

    const StreamConfig& config;
    std::thread thread;
    mutable std::mutex mutex;
    StreamFigures figures;
    FrozenFrames frozen;
    Alert alert;
    bool is_connected = false;
    bool is_ended = false;
    bool is_stale = false;
    bool is_frozen = false;
    bool was_connected = false;  ///< ever
    Clock::time_point last_frame{};
    Clock::time_point lost_at{};
    Clock::time_point last_event{};  ///< of a score
  };

  StreamReader::Listener listener(std::size_t index);
  void connected(Stream& stream, const VideoInfo& info);
  void received(std::size_t index, VideoFrame&& frame);
  void lost(Stream& stream, const std::string& reason, double retry_seconds);
  void ended(Stream& stream, const std::string& error);
  void work();
  void score(Stream& stream, const TimedFrame& timed);
  /// Whether the frame is new; tells when that changes.
  bool is_moving(Stream& stream, const TimedFrame& timed);
  void report(Stream& stream, const TimedFrame& timed, const StreamQuality& quality);
  void check_alert(Stream& stream, double smoothed, Clock::time_point time);
  void summarize(const Stream& stream);
  void event(const Stream& stream, const std::string& name, const Json& details);
  /// The first failure of a thread ends the run.
  void start_threads(int workers);
  void end_threads();
  template <class Work>
  void guarded(const Work& body);

  const WatchConfig& config_;
  StreamScorer scorer_;
  EventLog& log_;
  std::mutex hook_mutex_;
  Hook hook_;
  std::atomic<bool> stopped_{false};
  Surroundings surroundings_;
  Clock& clock_ = surroundings_.clock;
  Clock::time_point started_ = clock_.now();
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
  std::vector<std::unique_ptr<Stream>> streams_;
  NewestFrames<TimedFrame> frames_;
  std::vector<std::thread> workers_;
  bool is_summarized_ = false;
};

}  // namespace fliqe::tools
