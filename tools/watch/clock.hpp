// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace fliqe::tools {

/// A clock that can be waited on. Tests replace it with one that they advance themselves.
class Clock {
 public:
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;

  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual time_point now() const = 0;
  /// False when `stopped` became true meanwhile.
  virtual bool sleep_until(time_point time, const std::atomic<bool>& stopped) = 0;

  double seconds_since(time_point time) const {
    return std::chrono::duration<double>(now() - time).count();
  }
};

/// The system's, which only goes forward.
class RealClock : public Clock {
 public:
  time_point now() const override { return std::chrono::steady_clock::now(); }

  bool sleep_until(time_point time, const std::atomic<bool>& stopped) override {
    constexpr auto step = std::chrono::milliseconds(50);
    while (!stopped && now() < time) {
      std::this_thread::sleep_until(std::min<time_point>(time, now() + step));
    }
    return !stopped;
  }
};

inline Clock& real_clock() {
  static RealClock clock;
  return clock;
}

inline Clock::duration clock_seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace fliqe::tools
