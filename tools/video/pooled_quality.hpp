// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace fliqe::tools {

/// Many scores in a few numbers. Takes the same memory for any number of them.
class PooledQuality {
 public:
  /// @param threshold  scores below it are counted
  explicit PooledQuality(double threshold) : threshold_(threshold) {}

  void add(double quality) {
    ++count_;
    lowest_ = std::min(lowest_, quality);
    highest_ = std::max(highest_, quality);
    sum_ += quality;
    reciprocals_ += 1 / (1 + quality);
    below_ += quality < threshold_ ? 1 : 0;
    const auto bin = static_cast<std::size_t>(std::clamp(quality, 0.0, 1.0) * (bins - 1) + 0.5);
    ++histogram_[bin];
  }

  std::size_t count() const noexcept { return count_; }
  double lowest() const noexcept { return lowest_; }
  double highest() const noexcept { return highest_; }
  double mean() const noexcept { return sum_ / static_cast<double>(count_); }
  /// Of 1 + quality, minus 1, as libvmaf pools: a score of 0 leaves something of the others.
  double harmonic_mean() const noexcept { return static_cast<double>(count_) / reciprocals_ - 1; }
  double share_below() const noexcept {
    return static_cast<double>(below_) / static_cast<double>(count_);
  }
  /// The score that a share of all do not exceed, within 1e-5.
  double percentile(double share) const noexcept {
    const double wanted = share * static_cast<double>(count_);
    double seen = 0;
    for (std::size_t bin = 0; bin < bins; ++bin) {
      seen += static_cast<double>(histogram_[bin]);
      if (seen >= wanted && seen > 0) return static_cast<double>(bin) / (bins - 1);
    }
    return 1;
  }

 private:
  static constexpr std::size_t bins = (std::size_t{1} << 16) + 1;

  double threshold_;
  std::size_t count_ = 0, below_ = 0;
  double lowest_ = std::numeric_limits<double>::infinity();
  double highest_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0, reciprocals_ = 0;
  std::vector<std::uint64_t> histogram_ = std::vector<std::uint64_t>(bins);
};

}  // namespace fliqe::tools
