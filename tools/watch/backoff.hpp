// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <random>

namespace fliqe::tools {

/// How long to wait before the next attempt: twice as long after each failure, up to a limit, and
/// between half and all of that by chance, so that many who lost the same server do not all come
/// back at once.
class Backoff {
 public:
  Backoff(double first, double longest, unsigned seed)
      : first_(first), longest_(longest), next_(first), random_(seed) {}

  /// Seconds.
  double next() {
    const double whole = next_;
    next_ = std::min(longest_, 2 * next_);
    return whole * std::uniform_real_distribution<double>(0.5, 1)(random_);
  }

  /// After a success.
  void reset() { next_ = first_; }

 private:
  double first_, longest_, next_;
  std::minstd_rand random_;
};

}  // namespace fliqe::tools
