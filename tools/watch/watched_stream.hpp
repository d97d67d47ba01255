// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <fliqe/quality/smoothing.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "video/frame_source.hpp"
#include "watch/alert.hpp"
#include "watch/clock.hpp"
#include "watch/event_log.hpp"
#include "watch/frozen_frames.hpp"
#include "watch/latencies.hpp"
#include "watch/recent_causes.hpp"
#include "watch/stream_scorer.hpp"
#include "watch/stream_status.hpp"
#include "watch/watch_config.hpp"

namespace fliqe::tools {

/// What is known of a stream so far.
struct StreamFigures {
  std::size_t received = 0;  ///< frames
  std::size_t scored = 0;    ///< frames
  std::size_t failed = 0;    ///< frames that could not be scored
  std::size_t dropped = 0;   ///< frames that a newer one replaced before a worker was free
  std::size_t frozen = 0;    ///< frames that were not scored since the picture did not change
  std::size_t disconnects = 0;
  std::size_t alerts = 0;
  double down_seconds = 0;  ///< without a connection, after the first
  double quality_sum = 0;   ///< of scored frames
  Latencies latencies;      ///< milliseconds from a frame's arrival to its score
};

/// A stream at one moment.
struct StreamState : StreamStatus {
  double seconds = 0;    ///< in this condition
  VideoInfo video;       ///< of the last connection
  double unix_time = 0;  ///< when the last frame came; 0: none
  StreamFigures figures;
};

struct TimedFrame {
  VideoFrame frame;
  Clock::time_point arrival{};
};

/// A frame that was scored.
struct ScoredFrame {
  Image image;
  double quality = 0;
};

/// Knows what happens to a stream and makes events of it. Thread-safe.
class WatchedStream {
 public:
  WatchedStream(StreamConfig stream, EventLog& log, Clock& clock);

  const StreamConfig& config() const noexcept { return config_; }
  StreamState state() const;
  /// Nothing before the first score.
  std::shared_ptr<const ScoredFrame> last_frame() const;
  bool is_ended() const;

  /// For its reader.
  void connected(const VideoInfo& info);
  void received(Clock::time_point now);
  void dropped();
  void lost(const std::string& reason, double retry_seconds);
  void ended(const std::string& error);

  /// For a worker. Whether the frame is new; tells when that changes.
  bool is_moving(const TimedFrame& timed);
  void failed(const TimedFrame& timed, const std::string& reason);
  void scored(TimedFrame&& timed, const FrameQuality& found);

  /// Tells when nothing has come for too long.
  void check_stale();
  /// Writes its summary, once; nothing is told after it.
  void finish();

 private:
  void event(const std::string& name, const Json& details);
  void check_alert(double smoothed, Clock::time_point time);
  StreamCondition condition() const;
  StreamStatus status() const;
  void note_condition();
  Json summary() const;

  const StreamConfig config_;
  EventLog& log_;
  Clock& clock_;
  const Clock::time_point started_;
  mutable std::mutex mutex_;  ///< guards what stands below
  StreamFigures figures_;
  FrozenFrames frozen_;
  Alert alert_;
  Smoother smoother_;
  RecentCauses recent_causes_;
  VideoInfo video_;
  std::string reason_;
  bool is_connected_ = false;
  bool is_ended_ = false;
  bool is_stale_ = false;
  bool is_frozen_ = false;
  bool is_finished_ = false;
  bool was_connected_ = false;  ///< ever
  std::optional<double> raw_;
  double unix_time_ = 0;
  std::shared_ptr<const ScoredFrame> last_frame_;
  StreamCondition last_condition_ = StreamCondition::connecting;
  Clock::time_point condition_since_;
  Clock::time_point last_received_{};
  Clock::time_point lost_at_{};
  Clock::time_point last_event_{};  ///< of a score
};

}  // namespace fliqe::tools
