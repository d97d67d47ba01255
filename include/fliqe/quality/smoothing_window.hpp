// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// Mean of the last N scores, one addition and one subtraction a score.
///
/// Scores are held as whole multiples of 2^-40, whose sum is exact in 64 bits: however many scores
/// pass by, the mean does not drift from that of the scores in the window.
class SmoothingWindow {
 public:
  static constexpr std::size_t max_size = std::size_t{1} << 20;

  /// @throws Error `invalid_argument` unless 1 <= size <= 2^20
  explicit SmoothingWindow(std::size_t size) : scores_(checked_size(size)) {}

  /// `size`. @throws Error `invalid_argument` unless 1 <= size <= 2^20
  static std::size_t checked_size(std::size_t size) {
    detail::require(size >= 1 && size <= max_size, ErrorCode::invalid_argument,
                    {"smoothing window: expected 1 to ", max_size, " scores, found ", size});
    return size;
  }

  /// Adds a score in [0, 1] and returns the new mean.
  double add(double score) noexcept {
    const auto fixed = static_cast<std::uint64_t>(std::llround(score * unit));
    if (count_ == scores_.size()) {
      sum_ -= scores_[next_];
    } else {
      ++count_;
    }
    scores_[next_] = fixed;
    sum_ += fixed;
    next_ = next_ + 1 == scores_.size() ? 0 : next_ + 1;
    return *mean();
  }

  /// Nothing before the first score.
  std::optional<double> mean() const noexcept {
    if (count_ == 0) return std::nullopt;
    return static_cast<double>(sum_) / unit / static_cast<double>(count_);
  }

  std::size_t size() const noexcept { return scores_.size(); }
  std::size_t count() const noexcept { return count_; }

 private:
  static constexpr double unit = 0x1p40;

  std::vector<std::uint64_t> scores_;
  std::uint64_t sum_ = 0;
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

}  // namespace fliqe::inline FLIQE_ABI
