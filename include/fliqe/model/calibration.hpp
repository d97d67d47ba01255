// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fliqe/version.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

/// Up to where the bytes of a layer's output reach; what lies beyond is clamped.
enum class ClipRule {
  largest,            ///< the largest magnitude seen: nothing is clamped
  percentile_99_999,  ///< of the values that are not zero
  percentile_99_99,
  least_squares,  ///< least mean squared error of rounding and clamping together
};

inline constexpr std::array all_clip_rules{ClipRule::largest, ClipRule::percentile_99_999,
                                           ClipRule::percentile_99_99, ClipRule::least_squares};

constexpr std::string_view to_string(ClipRule rule) noexcept {
  switch (rule) {
    case ClipRule::largest:
      return "max";
    case ClipRule::percentile_99_999:
      return "p99.999";
    case ClipRule::percentile_99_99:
      return "p99.99";
    case ClipRule::least_squares:
      return "mse";
  }
  return "unknown";
}

constexpr std::optional<ClipRule> clip_rule_from_string(std::string_view name) noexcept {
  for (const ClipRule rule : all_clip_rules) {
    if (to_string(rule) == name) return rule;
  }
  return std::nullopt;
}

/// Magnitudes of a layer's outputs over any number of pictures. Zeros, which bytes hold exactly,
/// are left out.
class ActivationHistogram {
 public:
  void add(std::span<const float> values) {
    for (const float value : values) {
      const float magnitude = std::abs(value);
      if (magnitude == 0 || !std::isfinite(magnitude)) continue;
      largest_ = std::max(largest_, magnitude);
      if (limit_ == 0) limit_ = 2 * magnitude;
      while (magnitude >= limit_) double_limit();
      ++counts_[std::min(bins - 1, static_cast<std::size_t>(magnitude / limit_ * bins))];
    }
  }

  float largest() const noexcept { return largest_; }

  /// The magnitude that the last of `steps` steps should stand for; 0 when all values were 0.
  float clip(ClipRule rule, int steps) const {
    switch (rule) {
      case ClipRule::percentile_99_999:
        return percentile(0.99999);
      case ClipRule::percentile_99_99:
        return percentile(0.9999);
      case ClipRule::least_squares:
        return least_squares(steps);
      case ClipRule::largest:
        break;
    }
    return largest_;
  }

 private:
  static constexpr std::size_t bins = 2048;

  void double_limit() {
    for (std::size_t i = 0; i < bins / 2; ++i) counts_[i] = counts_[2 * i] + counts_[2 * i + 1];
    std::fill(counts_.begin() + bins / 2, counts_.end(), 0);
    limit_ *= 2;
  }

  float edge(std::size_t bin) const noexcept {
    return std::min(largest_, limit_ * static_cast<float>(bin) / bins);
  }

  float percentile(double fraction) const {
    std::uint64_t total = 0, below = 0;
    for (const std::uint64_t count : counts_) total += count;
    std::size_t bin = 0;
    while (bin < bins && static_cast<double>(below) < fraction * static_cast<double>(total)) {
      below += counts_[bin++];
    }
    return edge(bin);
  }

  /// Rounding errs by step^2 / 12 on average, clamping by the square of what is cut off.
  float least_squares(int steps) const {
    double least = INFINITY;
    float best = largest_;
    for (std::size_t last = bins / 64; last <= bins; ++last) {
      const double clip = edge(last), step = clip / steps;
      double error = 0;
      for (std::size_t bin = 0; bin < bins; ++bin) {
        const double beyond = (static_cast<double>(bin) + 0.5) * limit_ / bins - clip;
        const double each = beyond > 0 ? beyond * beyond : step * step / 12;
        error += static_cast<double>(counts_[bin]) * each;
      }
      if (error < least) {
        least = error;
        best = edge(last);
      }
    }
    return best;
  }

  float largest_ = 0;
  float limit_ = 0;
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(bins);
};

}  // namespace fliqe::inline FLIQE_ABI::model
