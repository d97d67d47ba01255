// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI {
namespace detail {

inline void require_pairs(std::span<const double> x, std::span<const double> y) {
  require(x.size() == y.size(), ErrorCode::invalid_argument,
          "correlation: expected as many values of y as of x");
}

/// Pairs that `count` values make with each other.
constexpr double pair_count(std::size_t count) noexcept {
  return static_cast<double>(count) * (static_cast<double>(count) - 1) / 2;
}

/// Pairs of equal neighbours in a sorted sequence. @param equal  of two places in it
template <class Equal>
double tied_pairs(std::size_t count, const Equal& equal) {
  double pairs = 0;
  for (std::size_t first = 0; first < count;) {
    std::size_t last = first + 1;
    while (last < count && equal(first, last)) ++last;
    pairs += pair_count(last - first);
    first = last;
  }
  return pairs;
}

/// Sorts `values` and counts the pairs that were in falling order. `room` has the same size.
inline double sort_and_count_inversions(std::span<double> values, std::span<double> room) {
  if (values.size() < 2) return 0;
  const std::size_t middle = values.size() / 2;
  double inversions = sort_and_count_inversions(values.first(middle), room.first(middle)) +
                      sort_and_count_inversions(values.subspan(middle), room.subspan(middle));
  std::size_t left = 0, right = middle;
  for (double& next : room) {
    const bool from_right =
        left == middle || (right < values.size() && values[right] < values[left]);
    if (from_right) inversions += static_cast<double>(middle - left);
    next = values[from_right ? right++ : left++];
  }
  std::ranges::copy(room, values.begin());
  return inversions;
}

}  // namespace detail

/// Ranks from 1; equal values share the mean of theirs.
inline std::vector<double> ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first + 1;
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    for (std::size_t i = first; i < last; ++i) {
      ranks[order[i]] = 0.5 * static_cast<double>(first + last + 1);
    }
    first = last;
  }
  return ranks;
}

/// Pearson's correlation coefficient (PLCC), from -1 to 1; NaN when all x or all y are equal.
/// @throws Error `invalid_argument` when there are not as many x as y, as the others do
inline double pearson(std::span<const double> x, std::span<const double> y) {
  detail::require_pairs(x, y);
  const auto is_constant = [](std::span<const double> values) {
    return std::ranges::adjacent_find(values, std::ranges::not_equal_to{}) == values.end();
  };
  if (is_constant(x) || is_constant(y)) return std::numeric_limits<double>::quiet_NaN();
  const auto count = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / count;
  const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / count;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

/// Spearman's rank correlation (SROCC): pearson() of the ranks.
inline double spearman(std::span<const double> x, std::span<const double> y) {
  return pearson(ranks(x), ranks(y));
}

/// Kendall's tau-b (KROCC): the pairs in the same order less those in opposite order, over the
/// geometric mean of the pairs without ties in x and of those without ties in y. NaN when all x or
/// all y are equal. In O(n log n) (Knight, "A Computer Method for Calculating Kendall's Tau with
/// Ungrouped Data", 1966).
inline double kendall_tau_b(std::span<const double> x, std::span<const double> y) {
  detail::require_pairs(x, y);
  std::vector<std::pair<double, double>> pairs;
  pairs.reserve(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) pairs.emplace_back(x[i], y[i]);
  std::ranges::sort(pairs);
  std::vector<double> sorted, room(x.size());
  sorted.reserve(x.size());
  for (const auto& pair : pairs) sorted.push_back(pair.second);
  const double all = detail::pair_count(x.size());
  const double tied_x = detail::tied_pairs(
      x.size(), [&](std::size_t i, std::size_t k) { return pairs[i].first == pairs[k].first; });
  const double tied_both = detail::tied_pairs(
      x.size(), [&](std::size_t i, std::size_t k) { return pairs[i] == pairs[k]; });
  const double opposite = detail::sort_and_count_inversions(sorted, room);
  const double tied_y = detail::tied_pairs(
      x.size(), [&](std::size_t i, std::size_t k) { return sorted[i] == sorted[k]; });
  if (tied_x == all || tied_y == all) return std::numeric_limits<double>::quiet_NaN();
  const double same = all - tied_x - tied_y + tied_both - opposite;
  return std::clamp((same - opposite) / std::sqrt((all - tied_x) * (all - tied_y)), -1.0, 1.0);
}

}  // namespace fliqe::inline FLIQE_ABI
