// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/files.hpp"
#include "watch/events.hpp"
#include "watch/fake_clock.hpp"
#include "watch/hook.hpp"
#include "watch/watcher.hpp"

namespace fliqe::test {

/// A frame that a camera is to show.
struct Shot {
  double wait = 0.25;     ///< seconds since the one before
  int quality = 80;       ///< percent
  bool is_still = false;  ///< shows what the one before did
};

using Shots = std::vector<Shot>;

/// The quality of a frame that cannot be scored.
constexpr int unscorable = 255;

inline Shots repeated(int count, const Shot& shot = {}) {
  return Shots(static_cast<std::size_t>(count), shot);
}

inline Shots operator+(Shots first, const Shots& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

/// All that a camera shows until it breaks off.
struct Connection {
  Shots shots;
  std::string error{};  ///< empty: it ends without one. Without shots it cannot be opened
  double end = 0.125;   ///< seconds after the last frame
};

/// The connections of a camera, one after the other; it does not answer after them.
using Script = std::deque<Connection>;

/// Plays a connection. Frames of a file are there at once, those of a camera at their time.
class ScriptedSource : public tools::FrameSource {
 public:
  /// @param left  called when a file has nothing more to give
  ScriptedSource(Connection connection, FakeClock& clock, const std::atomic<bool>& stopped,
                 bool is_live, std::function<void()> left)
      : connection_(std::move(connection)),
        clock_(clock),
        stopped_(stopped),
        is_live_(is_live),
        left_(std::move(left)),
        began_(clock.now()) {}

  const tools::VideoInfo& info() const noexcept override { return info_; }

  std::optional<tools::VideoFrame> next() override {
    if (number_ == connection_.shots.size()) return finish();
    const Shot& shot = connection_.shots[number_];
    seconds_ += shot.wait;
    if (is_live_) sleep();
    if (!shot.is_still) ++picture_;
    return tools::VideoFrame{number_++, seconds_, picture(shot.quality)};
  }

 private:
  std::optional<tools::VideoFrame> finish() {
    seconds_ += connection_.end;
    sleep();
    if (!is_live_) left_();
    if (!connection_.error.empty()) throw Error(ErrorCode::io, connection_.error);
    return std::nullopt;
  }

  void sleep() {
    if (!clock_.sleep_until(began_ + tools::clock_seconds(seconds_), stopped_)) {
      throw Error(ErrorCode::io, "stopped");
    }
  }

  /// The brightness encodes the quality, for the scorer of a Scene; the last row makes each picture
  /// unique.
  Image picture(int quality) const {
    const auto row = static_cast<std::size_t>(info_.width);
    Image image{info_.width, info_.height, PixelFormat::gray8, {}};
    image.pixels.assign(row * static_cast<std::size_t>(info_.height - 1),
                        static_cast<std::uint8_t>(quality));
    image.pixels.insert(image.pixels.end(), row, static_cast<std::uint8_t>(picture_));
    return image;
  }

  Connection connection_;
  FakeClock& clock_;
  const std::atomic<bool>& stopped_;
  bool is_live_;
  std::function<void()> left_;
  tools::Clock::time_point began_;
  tools::VideoInfo info_{.codec = "script", .width = 32, .height = 24};
  std::size_t number_ = 0;
  double seconds_ = 0;
  int picture_ = 0;
};

/// A Watcher and what surrounds it: scripted cameras, and a time that passes only when all threads
/// wait for it.
class Scene {
 public:
  /// @param scripts  of the sources, which also name their streams
  explicit Scene(std::map<std::string, Script> scripts) : scripts_(std::move(scripts)) {
    for (const auto& [source, script] : scripts_) {
      tools::StreamConfig stream;
      stream.name = stream.source = source;
      stream.interval = 0;
      stream.smoothing_window = 1;
      config.streams.push_back(stream);
    }
  }

  /// What a test does to the watcher, by the seconds after which it does so.
  using Acts = std::map<double, std::function<void(tools::Watcher&)>>;

  /// Watches for `seconds`, or until all files have ended. @return all that was written
  Events watch(double seconds, const Acts& acts = {}) {
    readers_ = static_cast<int>(config.streams.size());
    {
      tools::EventLog log;
      log.add(std::make_shared<tools::JsonLinesSink>(log_path()));
      if (!config.hook.empty()) log.add(std::make_shared<tools::HookSink>(config.hook));
      tools::Watcher watcher(config, score, log, 1, surroundings());
      const auto began = clock_.now();
      for (const auto& [time, act] : acts) {
        pass(watcher, began + tools::clock_seconds(time));
        act(watcher);
        readers_ = static_cast<int>(watcher.streams().size());
      }
      pass(watcher, began + tools::clock_seconds(seconds));
      watcher.stop();
    }
    return read_events(read_text(log_path()));
  }

  tools::Surroundings surroundings() {
    return {clock_, [this](const std::string& source, const tools::SourceOptions& options) {
              return open(source, options);
            }};
  }

  tools::WatchConfig config;
  TemporaryDir dir;
  double scoring_seconds = 0;  ///< that the only worker needs for a frame
  tools::StreamScorer score = [this](const ImageView& image) { return quality_of(image); };

 private:
  std::string log_path() const { return dir / "log.jsonl"; }

  void pass(tools::Watcher& watcher, tools::Clock::time_point end) {
    constexpr auto step = std::chrono::milliseconds(125);
    settle(watcher);
    while (watcher.attend() && clock_.now() < end) {
      if (readers_ + scoring_ > 0)
        clock_.advance(std::min<tools::Clock::time_point>(end, clock_.now() + step));
      settle(watcher);
    }
  }

  /// Until nobody does anything before time goes on.
  void settle(const tools::Watcher& watcher) const {
    using namespace std::chrono;
    const auto deadline = steady_clock::now() + minutes(2);
    while (!is_settled(watcher)) {
      if (steady_clock::now() > deadline) throw std::runtime_error("the scene does not settle");
      std::this_thread::yield();
    }
  }

  /// Whether readers and worker sleep, or the worker has nothing to do.
  bool is_settled(const tools::Watcher& watcher) const {
    const int scoring = scoring_;
    return clock_.sleepers() == readers_ + scoring && (scoring > 0 || !watcher.has_work());
  }

  std::unique_ptr<tools::FrameSource> open(const std::string& source,
                                           const tools::SourceOptions& options) {
    stopped_ = options.stopped;
    const bool is_live = tools::is_live(source);
    const auto leave = [this] { --readers_; };
    Connection connection = next_connection(source);
    if (connection.shots.empty()) {
      if (!is_live) leave();
      throw Error(ErrorCode::io, connection.error);
    }
    return std::make_unique<ScriptedSource>(std::move(connection), clock_, *options.stopped,
                                            is_live, leave);
  }

  /// Each source has a thread of its own, so that no two are here with the same script.
  Connection next_connection(const std::string& source) {
    Script& script = scripts_.at(source);
    if (script.empty()) return {{{.wait = 1e6}}};
    Connection connection = std::move(script.front());
    script.pop_front();
    return connection;
  }

  Result<tools::FrameQuality> quality_of(const ImageView& image) {
    if (scoring_seconds > 0) {
      ++scoring_;
      clock_.sleep_until(clock_.now() + tools::clock_seconds(scoring_seconds), *stopped_.load());
      --scoring_;
    }
    const int percent = image.row(0)[0];
    if (percent == unscorable) return Error(ErrorCode::non_finite, "no score");
    return tools::FrameQuality{percent / 100.0, {}};
  }

  std::map<std::string, Script> scripts_;
  FakeClock clock_;
  std::atomic<int> readers_{0};  ///< threads that have something to read
  std::atomic<int> scoring_{0};  ///< workers that are not done with a frame
  std::atomic<const std::atomic<bool>*> stopped_{nullptr};  ///< the Watcher's
};

}  // namespace fliqe::test
