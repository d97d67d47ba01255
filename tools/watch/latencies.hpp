// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace fliqe::tools {

/// The last latencies of a stream and the longest of all.
class Latencies {
 public:
  void add(double milliseconds) {
    longest_ = std::max(longest_, milliseconds);
    if (last_.size() < size) {
      last_.push_back(milliseconds);
    } else {
      last_[next_] = milliseconds;
      next_ = (next_ + 1) % size;
    }
  }

  bool empty() const noexcept { return last_.empty(); }
  double longest() const noexcept { return longest_; }

  /// That a share of the last ones do not exceed; 0 before the first.
  double percentile(double share) const {
    if (last_.empty()) return 0;
    std::vector<double> sorted = last_;
    const double place = std::ceil(share * static_cast<double>(sorted.size())) - 1;
    const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(std::max(0.0, place));
    std::ranges::nth_element(sorted, at);
    return *at;
  }

 private:
  static constexpr std::size_t size = 1024;
  std::vector<double> last_;
  std::size_t next_ = 0;
  double longest_ = 0;
};

}  // namespace fliqe::tools
