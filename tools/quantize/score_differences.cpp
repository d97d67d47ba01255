// SPDX-License-Identifier: MIT
#include "quantize/score_differences.hpp"

#include <algorithm>
#include <cmath>
#include <fliqe/eval/correlation.hpp>

namespace fliqe::tools {

void ScoreDifferences::add(double reference, double other) {
  reference_.push_back(reference);
  other_.push_back(other);
}

double ScoreDifferences::mean() const {
  double sum = 0;
  for (std::size_t i = 0; i < count(); ++i) sum += std::abs(other_[i] - reference_[i]);
  return count() == 0 ? 0 : sum / static_cast<double>(count());
}

double ScoreDifferences::quantile(double fraction) const {
  if (count() == 0) return 0;
  std::vector<double> sorted;
  for (std::size_t i = 0; i < count(); ++i) sorted.push_back(std::abs(other_[i] - reference_[i]));
  std::ranges::sort(sorted);
  const double place = fraction * static_cast<double>(count() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, count() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

double ScoreDifferences::rank_correlation() const {
  const double correlation = spearman(reference_, other_);
  return std::isnan(correlation) ? 1.0 : correlation;
}

double ScoreDifferences::flipped(double threshold) const {
  std::size_t flips = 0;
  for (std::size_t i = 0; i < count(); ++i) {
    flips += (reference_[i] < threshold) != (other_[i] < threshold) ? 1 : 0;
  }
  return count() == 0 ? 0 : static_cast<double>(flips) / static_cast<double>(count());
}

}  // namespace fliqe::tools
