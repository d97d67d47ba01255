// SPDX-License-Identifier: MIT
#include "watch/watcher.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace fliqe::tools {

Watcher::Watcher(const WatchConfig& config, StreamScorer scorer, EventLog& log, int workers,
                 Surroundings surroundings)
    : config_(config),
      scorer_(std::move(scorer)),
      log_(log),
      hook_(config.hook),
      surroundings_(std::move(surroundings)),
      frames_(config.streams.size()) {
  for (const StreamConfig& stream : config.streams) {
    streams_.push_back(std::make_unique<Stream>(stream));
  }
  try {
    start_threads(workers);
  } catch (const std::system_error& error) {
    end_threads();
    throw Error(ErrorCode::io, std::string("cannot start a thread: ") + error.what());
  }
}

Watcher::~Watcher() {
  frames_.close();  // what waits is not scored
  end_threads();
}

void Watcher::start_threads(int workers) {
  std::random_device seed;
  for (int i = 0; i < workers; ++i) {
    workers_.emplace_back([this] { guarded([this] { work(); }); });
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const Backoff backoff(config_.first_retry, config_.longest_retry, seed());
    streams_[i]->thread = std::thread([this, i, backoff] {
      guarded([&] {
        StreamReader(config_.streams[i], backoff, listener(i), stopped_, surroundings_).run();
      });
    });
  }
}

void Watcher::end_threads() {
  stopped_ = true;
  for (const auto& stream : streams_) {
    if (stream->thread.joinable()) stream->thread.join();
  }
  frames_.close();
  for (std::thread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

template <class Work>
void Watcher::guarded(const Work& body) {
  try {
    body();
  } catch (...) {
    const std::lock_guard lock(failure_mutex_);
    if (!failure_) failure_ = std::current_exception();
    stopped_ = true;
    frames_.close();
  }
}

bool Watcher::attend() {
  {
    const std::lock_guard lock(hook_mutex_);
    hook_.attend();
  }
  bool is_anything_left = false;
  for (const auto& each : streams_) {
    Stream& stream = *each;
    const std::lock_guard lock(stream.mutex);
    is_anything_left |= !stream.is_ended;
    const double limit = stream.config.stale_after;
    if (!stream.is_connected || stream.is_stale || limit <= 0) continue;
    const double silent = clock_.seconds_since(stream.last_frame);
    if (silent < limit) continue;
    stream.is_stale = true;
    stream.alert.interrupt();
    event(stream, "stale", {{"seconds", rounded9(silent)}});
  }
  is_anything_left |= has_work();
  if (!stopped_) return is_anything_left;
  const std::lock_guard lock(failure_mutex_);
  if (failure_) std::rethrow_exception(failure_);
  return false;
}

void Watcher::stop() {
  end_threads();
  if (std::exchange(is_summarized_, true)) return;
  for (const auto& stream : streams_) summarize(*stream);
}

bool Watcher::has_work() const {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    if (frames_.has_work(i)) return true;
  }
  return false;
}

StreamFigures Watcher::figures(std::size_t stream) const {
  const std::lock_guard lock(streams_[stream]->mutex);
  return streams_[stream]->figures;
}

StreamReader::Listener Watcher::listener(std::size_t index) {
  Stream& stream = *streams_[index];
  return {[this, &stream](const VideoInfo& info) { connected(stream, info); },
          [this, index](VideoFrame&& frame) { received(index, std::move(frame)); },
          [this, &stream](const std::string& reason, double retry) { lost(stream, reason, retry); },
          [this, &stream](const std::string& error) { ended(stream, error); }};
}

void Watcher::connected(Stream& stream, const VideoInfo& info) {
  const std::lock_guard lock(stream.mutex);
  Json details{{"source", without_credentials(stream.config.source)},
               {"codec", info.codec},
               {"width", info.width},
               {"height", info.height}};
  if (stream.was_connected) {
    const double down = clock_.seconds_since(stream.lost_at);
    stream.figures.down_seconds += down;
    details["down_s"] = rounded9(down);
  }
  stream.is_connected = stream.was_connected = true;
  stream.last_frame = clock_.now();
  event(stream, "connected", details);
}

void Watcher::received(std::size_t index, VideoFrame&& frame) {
  Stream& stream = *streams_[index];
  const Clock::time_point now = clock_.now();
  {
    const std::lock_guard lock(stream.mutex);
    ++stream.figures.received;
    const double silent = std::chrono::duration<double>(now - stream.last_frame).count();
    stream.last_frame = now;
    if (std::exchange(stream.is_stale, false)) {
      event(stream, "fresh", {{"silent_s", rounded9(silent)}});
    }
  }
  if (frames_.put(index, {std::move(frame), now})) return;
  const std::lock_guard lock(stream.mutex);
  ++stream.figures.dropped;
}

void Watcher::lost(Stream& stream, const std::string& reason, double retry_seconds) {
  const std::lock_guard lock(stream.mutex);
  stream.alert.interrupt();
  stream.is_stale = false;
  if (std::exchange(stream.is_connected, false)) {
    stream.lost_at = clock_.now();
    ++stream.figures.disconnects;
  }
  event(stream, "disconnected", {{"reason", reason}, {"retry_s", rounded9(retry_seconds)}});
}

void Watcher::ended(Stream& stream, const std::string& error) {
  const std::lock_guard lock(stream.mutex);
  stream.is_connected = false;
  stream.is_ended = true;
  event(stream, "ended", error.empty() ? Json::object() : Json{{"error", error}});
}

void Watcher::work() {
  while (auto turn = frames_.take()) {
    score(*streams_[turn->stream], turn->frame);
    frames_.done(turn->stream);
  }
}

void Watcher::score(Stream& stream, const TimedFrame& timed) {
  if (!is_moving(stream, timed)) return;
  const Result<StreamQuality> quality = scorer_(timed.frame.image, stream.config.name);
  if (!quality) {
    const std::lock_guard lock(stream.mutex);
    return event(stream, "failed",
                 {{"frame", timed.frame.number}, {"reason", quality.error().what()}});
  }
  report(stream, timed, *quality);
}

bool Watcher::is_moving(Stream& stream, const TimedFrame& timed) {
  const std::lock_guard lock(stream.mutex);
  const double time = std::chrono::duration<double>(timed.arrival - started_).count();
  const bool is_frozen = stream.frozen.update(timed.frame.image, time);
  if (is_frozen) ++stream.figures.frozen;
  if (is_frozen != std::exchange(stream.is_frozen, is_frozen)) {
    if (is_frozen) stream.alert.interrupt();
    event(stream, is_frozen ? "frozen" : "moving", {{"frame", timed.frame.number}});
  }
  return !is_frozen;
}

void Watcher::report(Stream& stream, const TimedFrame& timed, const StreamQuality& quality) {
  const std::lock_guard lock(stream.mutex);
  const Clock::time_point now = clock_.now();
  const double latency = std::chrono::duration<double, std::milli>(now - timed.arrival).count();
  StreamFigures& figures = stream.figures;
  ++figures.scored;
  figures.quality_sum += quality.raw;
  figures.latencies.add(latency);
  if (figures.scored == 1 || clock_.seconds_since(stream.last_event) >= config_.interval) {
    stream.last_event = now;
    event(stream, "score",
          {{"frame", timed.frame.number},
           {"seconds", rounded9(timed.frame.seconds)},
           {"raw_image_quality", rounded9(quality.raw)},
           {"smoothed_image_quality", rounded9(quality.smoothed)},
           {"smoothing_window", config_.smoothing_window},
           {"received", figures.received},
           {"dropped", figures.dropped},
           {"latency_ms", rounded9(latency)}});
  }
  check_alert(stream, quality.smoothed, timed.arrival);
}

void Watcher::check_alert(Stream& stream, double smoothed, Clock::time_point time) {
  const Alert::Change change =
      stream.alert.update(smoothed, std::chrono::duration<double>(time - started_).count());
  if (change == Alert::Change::none) return;
  const bool is_raised = change == Alert::Change::raised;
  if (is_raised) ++stream.figures.alerts;
  const AlertRule& rule = stream.alert.rule();
  const std::string line = log_.write(
      is_raised ? "alert" : "clear", stream.config.name,
      {{"smoothed_image_quality", rounded9(smoothed)},
       {is_raised ? "below" : "above", rounded9(is_raised ? rule.below : rule.clear_above)},
       {"for_s", rounded9(rule.seconds)}});
  std::string failed;
  {
    const std::lock_guard lock(hook_mutex_);
    failed = hook_.start(line);
  }
  if (!failed.empty()) event(stream, "hook_failed", {{"reason", failed}});
}

void Watcher::summarize(const Stream& stream) {
  const StreamFigures& figures = stream.figures;
  const Latencies& latencies = figures.latencies;
  Json details{{"seconds", rounded9(clock_.seconds_since(started_))},
               {"received", figures.received},
               {"scored", figures.scored},
               {"dropped", figures.dropped},
               {"frozen", figures.frozen},
               {"disconnects", figures.disconnects},
               {"down_s", rounded9(figures.down_seconds)},
               {"alerts", figures.alerts}};
  if (figures.scored > 0) {
    details["mean_image_quality"] =
        rounded9(figures.quality_sum / static_cast<double>(figures.scored));
    details["latency_ms"] = {{"p50", rounded9(latencies.percentile(0.5))},
                             {"p95", rounded9(latencies.percentile(0.95))},
                             {"p99", rounded9(latencies.percentile(0.99))},
                             {"max", rounded9(latencies.longest())}};
  }
  event(stream, "summary", details);
}

void Watcher::event(const Stream& stream, const std::string& name, const Json& details) {
  log_.write(name, stream.config.name, details);
}

}  // namespace fliqe::tools
