// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <fliqe/base/parallel.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI {

/// Repeats a parallel region on all threads or on one, whichever has been faster. Where other
/// processes want the processors, the threads of a short region may wait for one another for slices
/// of several milliseconds, again and again: one thread alone is sooner done. Allocates nothing;
/// for one caller at a time. Clock: std::chrono::steady_clock, or what a test sets.
template <class Clock>
class BasicAdaptiveParallel {
 public:
  /// As parallel(). `work` says how much there is to do, in any unit: regions are compared by their
  /// time for each unit.
  template <class Body>
  void run(int threads, double work, const Body& body) {
    if (threads == 1) return parallel(1, body);
    // Once early on, to learn how long one thread takes; later to see whether all are faster again.
    const bool tries_other = ++regions_ == next_trial_;
    const bool alone = prefers_one() != tries_other;
    const auto start = Clock::now();
    parallel(alone ? 1 : threads, body);
    const std::chrono::duration<double> taken = Clock::now() - start;
    note(alone, tries_other, taken.count() / work);
  }

 private:
  static constexpr unsigned first_interval = 8, longest_interval = 256;

  bool prefers_one() const noexcept { return one_ < all_; }

  void note(bool alone, bool was_trial, double seconds) noexcept {
    const bool preferred_one = prefers_one();
    double& mean = alone ? one_ : all_;
    mean = was_trial || all_ == 0 ? seconds : mean + (seconds - mean) / 4;
    if (prefers_one() != preferred_one) {
      interval_ = first_interval;
      next_trial_ = regions_ + interval_;
    } else if (was_trial) {
      interval_ = std::min(2 * interval_, longest_interval);
      next_trial_ = regions_ + interval_;
    }
    if (!prefers_one() && one_ < unknown)
      next_trial_ = 0;  // one thread is never faster than it was
  }

  static constexpr double unknown = 1e300;

  // Seconds for a unit of work, lately.
  double all_ = 0;        ///< on all threads
  double one_ = unknown;  ///< on one
  unsigned regions_ = 0, next_trial_ = first_interval;
  unsigned interval_ = first_interval;
};

using AdaptiveParallel = BasicAdaptiveParallel<std::chrono::steady_clock>;

}  // namespace fliqe::inline FLIQE_ABI
