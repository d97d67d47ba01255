// SPDX-License-Identifier: MIT
#include "quantize/score_differences.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fliqe::tools {
namespace {

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first + 1;
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    for (std::size_t i = first; i < last; ++i) {
      ranks[order[i]] = 0.5 * static_cast<double>(first + last - 1);
    }
    first = last;
  }
  return ranks;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean_of(a), mean_b = mean_of(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa == 0 || bb == 0 ? 1.0 : ab / std::sqrt(aa * bb);
}

}  // namespace

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
  return count() < 2 ? 1.0 : correlation(ranks(reference_), ranks(other_));
}

double ScoreDifferences::flipped(double threshold) const {
  std::size_t flips = 0;
  for (std::size_t i = 0; i < count(); ++i) {
    flips += (reference_[i] < threshold) != (other_[i] < threshold) ? 1 : 0;
  }
  return count() == 0 ? 0 : static_cast<double>(flips) / static_cast<double>(count());
}

}  // namespace fliqe::tools
