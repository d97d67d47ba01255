// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <span>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// One picture's truth and the network's opinion. "Positive" is distorted.
struct Outcome {
  bool distorted = false;
  double probability = 0;  ///< of being distorted: 1 - quality
};

/// Counts of the four cases, and what follows from them. A ratio of nothing is NaN.
struct Confusion {
  std::size_t true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;

  /// @param threshold  at and above it a picture is called distorted
  static Confusion of(std::span<const Outcome> outcomes, double threshold = 0.5) {
    Confusion result;
    for (const Outcome& each : outcomes) {
      const bool called = each.probability >= threshold;
      std::size_t& count = each.distorted ? (called ? result.true_positive : result.false_negative)
                                          : (called ? result.false_positive : result.true_negative);
      ++count;
    }
    return result;
  }

  std::size_t positives() const noexcept { return true_positive + false_negative; }
  std::size_t negatives() const noexcept { return true_negative + false_positive; }
  double accuracy() const noexcept {
    return ratio(true_positive + true_negative, positives() + negatives());
  }
  double precision() const noexcept { return ratio(true_positive, true_positive + false_positive); }
  double recall() const noexcept { return ratio(true_positive, positives()); }
  /// Of the clean pictures, those called clean.
  double specificity() const noexcept { return ratio(true_negative, negatives()); }
  double f1() const noexcept {
    return ratio(2 * true_positive, 2 * true_positive + false_positive + false_negative);
  }

 private:
  static double ratio(std::size_t part, std::size_t whole) noexcept {
    return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                      : static_cast<double>(part) / static_cast<double>(whole);
  }
};

/// A point of the receiver operating characteristic.
struct RocPoint {
  double false_positive_rate = 0, true_positive_rate = 0, threshold = 0;
};

/// From (0, 0) to (1, 1); pictures of equal probability share a point.
/// @throws Error `invalid_argument` unless there are clean and distorted pictures
inline std::vector<RocPoint> roc_curve(std::span<const Outcome> outcomes) {
  std::vector<Outcome> sorted(outcomes.begin(), outcomes.end());
  std::ranges::sort(sorted, std::ranges::greater{}, &Outcome::probability);
  const auto positives = static_cast<double>(std::ranges::count(sorted, true, &Outcome::distorted));
  const double negatives = static_cast<double>(sorted.size()) - positives;
  detail::require(positives > 0 && negatives > 0, ErrorCode::invalid_argument,
                  "ROC: expected clean and distorted pictures");
  std::vector<RocPoint> curve{{0, 0, std::numeric_limits<double>::infinity()}};
  double found = 0, false_alarms = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    (sorted[i].distorted ? found : false_alarms) += 1;
    const bool is_last =
        i + 1 == sorted.size() || sorted[i + 1].probability < sorted[i].probability;
    if (is_last) {
      curve.push_back({false_alarms / negatives, found / positives, sorted[i].probability});
    }
  }
  return curve;
}

/// The area under the curve: the chance that a distorted picture looks worse than a clean one.
inline double roc_auc(std::span<const RocPoint> curve) {
  double area = 0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    area += (curve[i].false_positive_rate - curve[i - 1].false_positive_rate) *
            (curve[i].true_positive_rate + curve[i - 1].true_positive_rate) / 2;
  }
  return area;
}

/// Pictures whose probabilities are alike: what was said and what was true.
struct CalibrationBin {
  std::size_t count = 0;
  double mean_probability = 0;
  double share_distorted = 0;
};

/// Bins of equal width over [0, 1].
inline std::vector<CalibrationBin> calibration_curve(std::span<const Outcome> outcomes,
                                                     std::size_t bins = 10) {
  std::vector<CalibrationBin> curve(bins);
  for (const Outcome& each : outcomes) {
    const auto place = static_cast<std::size_t>(each.probability * static_cast<double>(bins));
    CalibrationBin& bin = curve[std::min(place, bins - 1)];
    ++bin.count;
    bin.mean_probability += each.probability;
    bin.share_distorted += each.distorted ? 1 : 0;
  }
  for (CalibrationBin& bin : curve) {
    if (bin.count == 0) continue;
    bin.mean_probability /= static_cast<double>(bin.count);
    bin.share_distorted /= static_cast<double>(bin.count);
  }
  return curve;
}

/// Expected calibration error: the bins' mean distance from the truth, weighted by their size.
inline double calibration_error(std::span<const CalibrationBin> curve) {
  double error = 0, count = 0;
  for (const CalibrationBin& bin : curve) {
    error += static_cast<double>(bin.count) * std::abs(bin.mean_probability - bin.share_distorted);
    count += static_cast<double>(bin.count);
  }
  return count == 0 ? 0 : error / count;
}

}  // namespace fliqe::inline FLIQE_ABI
