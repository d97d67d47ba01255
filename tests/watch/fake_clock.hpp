// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <set>

#include "watch/clock.hpp"

namespace fliqe::test {

/// Time that stands still until the test lets it pass.
class FakeClock : public tools::Clock {
 public:
  time_point now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  bool sleep_until(time_point time, const std::atomic<bool>& stopped) override {
    std::unique_lock lock(mutex_);
    const auto place = ends_.insert(time);
    // Setting `stopped` does not notify, so poll.
    while (!stopped && now_ < time) changed_.wait_for(lock, std::chrono::milliseconds(1));
    ends_.erase(place);
    return !stopped;
  }

  /// How many sleep until later than now.
  int sleepers() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(std::distance(ends_.upper_bound(now_), ends_.end()));
  }

  /// To when the next sleeper wakes up, at most to `latest`.
  void advance(time_point latest) {
    {
      const std::lock_guard lock(mutex_);
      const auto next = ends_.upper_bound(now_);
      now_ = next == ends_.end() ? latest : std::min(latest, *next);
    }
    changed_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  time_point now_{std::chrono::hours(1)};
  std::multiset<time_point> ends_;  ///< wake-up times of the sleeping threads
};

}  // namespace fliqe::test
