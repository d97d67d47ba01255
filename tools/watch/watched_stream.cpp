// SPDX-License-Identifier: MIT
#include "watch/watched_stream.hpp"

#include <chrono>
#include <utility>

namespace fliqe::tools {
namespace {

double unix_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

WatchedStream::WatchedStream(StreamConfig stream, EventLog& log, Clock& clock)
    : config_(std::move(stream)),
      log_(log),
      clock_(clock),
      started_(clock.now()),
      frozen_(config_.frozen_after, config_.frozen_tolerance),
      alert_(config_.alert),
      smoother_(config_.smoothing, config_.smoothing_window),
      recent_causes_(config_.smoothing_window),
      condition_since_(started_) {}

StreamState WatchedStream::state() const {
  const std::lock_guard lock(mutex_);
  return {status(), clock_.seconds_since(condition_since_), video_, unix_time_, figures_};
}

std::shared_ptr<const ScoredFrame> WatchedStream::last_frame() const {
  const std::lock_guard lock(mutex_);
  return last_frame_;
}

bool WatchedStream::is_ended() const {
  const std::lock_guard lock(mutex_);
  return is_ended_;
}

void WatchedStream::connected(const VideoInfo& info) {
  const std::lock_guard lock(mutex_);
  Json details{{"source", without_credentials(config_.source)},
               {"codec", info.codec},
               {"width", info.width},
               {"height", info.height}};
  if (was_connected_) {
    const double down = clock_.seconds_since(lost_at_);
    figures_.down_seconds += down;
    details["down_s"] = rounded9(down);
  }
  is_connected_ = was_connected_ = true;
  video_ = info;
  reason_.clear();
  last_received_ = clock_.now();
  note_condition();
  event("connected", details);
}

void WatchedStream::received(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  ++figures_.received;
  const double silent = seconds_between(last_received_, now);
  last_received_ = now;
  unix_time_ = unix_now();
  if (!std::exchange(is_stale_, false)) return;
  note_condition();
  event("fresh", {{"silent_s", rounded9(silent)}});
}

void WatchedStream::dropped() {
  const std::lock_guard lock(mutex_);
  ++figures_.dropped;
}

void WatchedStream::lost(const std::string& reason, double retry_seconds) {
  const std::lock_guard lock(mutex_);
  alert_.interrupt();
  is_stale_ = false;
  reason_ = reason;
  if (std::exchange(is_connected_, false)) {
    lost_at_ = clock_.now();
    ++figures_.disconnects;
  }
  note_condition();
  event("disconnected", {{"reason", reason}, {"retry_s", rounded9(retry_seconds)}});
}

void WatchedStream::ended(const std::string& error) {
  const std::lock_guard lock(mutex_);
  is_connected_ = false;
  is_ended_ = true;
  reason_ = error;
  note_condition();
  event("ended", error.empty() ? Json::object() : Json{{"error", error}});
}

bool WatchedStream::is_moving(const TimedFrame& timed) {
  const std::lock_guard lock(mutex_);
  const bool is_frozen =
      frozen_.update(timed.frame.image, seconds_between(started_, timed.arrival));
  if (is_frozen) ++figures_.frozen;
  if (is_frozen != std::exchange(is_frozen_, is_frozen)) {
    if (is_frozen) alert_.interrupt();
    note_condition();
    event(is_frozen ? "frozen" : "moving", {{"frame", timed.frame.number}});
  }
  return !is_frozen;
}

void WatchedStream::failed(const TimedFrame& timed, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  ++figures_.failed;
  event("failed", {{"frame", timed.frame.number}, {"reason", reason}});
}

void WatchedStream::scored(TimedFrame&& timed, const FrameQuality& found) {
  const double quality = found.quality;
  auto kept = std::make_shared<ScoredFrame>();
  kept->quality = quality;
  kept->image = std::move(timed.frame.image);
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = clock_.now();
  const double latency = 1000 * seconds_between(timed.arrival, now);
  const double smoothed = smoother_.add(quality);
  recent_causes_.add(quality, found.causes);
  raw_ = quality;
  last_frame_ = std::move(kept);
  ++figures_.scored;
  figures_.quality_sum += quality;
  figures_.latencies.add(latency);
  if (figures_.scored == 1 || clock_.seconds_since(last_event_) >= config_.interval) {
    last_event_ = now;
    Json details{{"frame", timed.frame.number},
                 {"seconds", rounded9(timed.frame.seconds)},
                 {"raw_image_quality", rounded9(quality)},
                 {"smoothed_image_quality", rounded9(smoothed)},
                 {"smoothing_window", config_.smoothing_window},
                 {"received", figures_.received},
                 {"dropped", figures_.dropped},
                 {"latency_ms", rounded9(latency)}};
    if (!found.causes.empty()) details["causes"] = to_json(found.causes);
    event("score", details);
  }
  check_alert(smoothed, timed.arrival);
}

void WatchedStream::check_alert(double smoothed, Clock::time_point time) {
  const Alert::Change change = alert_.update(smoothed, seconds_between(started_, time));
  if (change == Alert::Change::none) return;
  const bool is_raised = change == Alert::Change::raised;
  if (is_raised) ++figures_.alerts;
  const AlertRule& rule = alert_.rule();
  Json details{{"smoothed_image_quality", rounded9(smoothed)},
               {is_raised ? "below" : "above", rounded9(is_raised ? rule.below : rule.clear_above)},
               {"for_s", rounded9(rule.seconds)}};
  const Causes causes = recent_causes_.mean();
  if (is_raised && !causes.empty()) details["causes"] = to_json(causes);
  event(is_raised ? "alert" : "clear", details);
}

void WatchedStream::check_stale() {
  const std::lock_guard lock(mutex_);
  if (!is_connected_ || is_stale_ || config_.stale_after <= 0) return;
  const double silent = clock_.seconds_since(last_received_);
  if (silent < config_.stale_after) return;
  is_stale_ = true;
  alert_.interrupt();
  note_condition();
  event("stale", {{"seconds", rounded9(silent)}});
}

void WatchedStream::finish() {
  const std::lock_guard lock(mutex_);
  event("summary", summary());
  is_finished_ = true;
}

Json WatchedStream::summary() const {
  const Latencies& latencies = figures_.latencies;
  Json details{{"seconds", rounded9(clock_.seconds_since(started_))},
               {"received", figures_.received},
               {"scored", figures_.scored},
               {"dropped", figures_.dropped},
               {"frozen", figures_.frozen},
               {"disconnects", figures_.disconnects},
               {"down_s", rounded9(figures_.down_seconds)},
               {"alerts", figures_.alerts}};
  if (figures_.scored > 0) {
    details["mean_image_quality"] =
        rounded9(figures_.quality_sum / static_cast<double>(figures_.scored));
    details["latency_ms"] = {{"p50", rounded9(latencies.percentile(0.5))},
                             {"p95", rounded9(latencies.percentile(0.95))},
                             {"p99", rounded9(latencies.percentile(0.99))},
                             {"max", rounded9(latencies.longest())}};
  }
  return details;
}

void WatchedStream::event(const std::string& name, const Json& details) {
  if (!is_finished_) log_.write(name, config_.name, details, status());
}

StreamStatus WatchedStream::status() const {
  return {condition(), reason_, raw_, smoother_.mean(), alert_.is_raised()};
}

StreamCondition WatchedStream::condition() const {
  if (is_ended_) return StreamCondition::ended;
  if (!was_connected_ && reason_.empty()) return StreamCondition::connecting;
  if (!is_connected_) return StreamCondition::offline;
  if (is_stale_) return StreamCondition::stale;
  return is_frozen_ ? StreamCondition::frozen : StreamCondition::online;
}

void WatchedStream::note_condition() {
  if (condition() == std::exchange(last_condition_, condition())) return;
  condition_since_ = clock_.now();
}

}  // namespace fliqe::tools
