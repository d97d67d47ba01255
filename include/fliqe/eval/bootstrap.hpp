// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/parallel.hpp>
#include <fliqe/base/random.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <span>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// A figure and between which others it would lie, 95 times of 100, had other pictures been taken.
struct Interval {
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

struct BootstrapOptions {
  std::size_t resamples = 1000;  ///< how often pictures are drawn anew; 0: no intervals
  std::uint64_t seed = 1;        ///< the same seed gives the same intervals
  int threads = 0;               ///< 0: as default_thread_count(); changes no result
};

/// What is drawn together: the numbers of the pictures of one group, or one picture.
using BootstrapUnits = std::vector<std::vector<std::size_t>>;

namespace detail {

/// With linear interpolation between neighbours. `sorted` is not empty.
inline double quantile(std::span<const double> sorted, double fraction) {
  const double place = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

inline std::vector<std::size_t> drawn(const BootstrapUnits& units, Random& random) {
  std::vector<std::size_t> pictures;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::vector<std::size_t>& unit = units[random.below(units.size())];
    pictures.insert(pictures.end(), unit.begin(), unit.end());
  }
  return pictures;
}

}  // namespace detail

/// 95 % intervals by the percentile bootstrap (Efron, "Bootstrap Methods: Another Look at the
/// Jackknife", 1979): as many units as there are, drawn with replacement, again and again.
/// @param statistic  from the numbers of pictures, some more than once, to `Count` figures; called
///                   from several threads. NaN where a figure is not defined for such a draw: when
///                   that is so for more than half of the draws, there is no interval.
template <std::size_t Count, class Statistic>
std::array<Interval, Count> bootstrap(const BootstrapUnits& units, const Statistic& statistic,
                                      const BootstrapOptions& options = {}) {
  std::vector<std::size_t> all;
  for (const auto& unit : units) all.insert(all.end(), unit.begin(), unit.end());
  const std::array<double, Count> values = statistic(all);
  std::array<std::vector<double>, Count> draws;
  for (std::vector<double>& each : draws) each.resize(options.resamples);
  parallel(resolve_thread_count(options.threads), [&](const Team& team) {
    const Range mine = team.share(options.resamples);
    for (std::size_t i = mine.begin; i < mine.end; ++i) {
      Random random(options.seed * 0x9e3779b97f4a7c15 + i);
      const std::array<double, Count> drawn = statistic(detail::drawn(units, random));
      for (std::size_t k = 0; k < Count; ++k) draws[k][i] = drawn[k];
    }
  });
  std::array<Interval, Count> intervals;
  for (std::size_t k = 0; k < Count; ++k) {
    intervals[k].value = values[k];
    std::erase_if(draws[k], [](double value) { return !std::isfinite(value); });
    if (draws[k].empty() || 2 * draws[k].size() < options.resamples) continue;
    std::ranges::sort(draws[k]);
    intervals[k].low = detail::quantile(draws[k], 0.025);
    intervals[k].high = detail::quantile(draws[k], 0.975);
  }
  return intervals;
}

}  // namespace fliqe::inline FLIQE_ABI
