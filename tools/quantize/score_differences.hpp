// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

namespace fliqe::tools {

/// How the scores of the same pictures differ between two ways of computing them.
class ScoreDifferences {
 public:
  /// @param reference  what the other is held against
  void add(double reference, double other);

  std::size_t count() const noexcept { return reference_.size(); }
  /// Of the magnitudes.
  double mean() const;
  double largest() const { return quantile(1); }
  /// With linear interpolation between pictures.
  double quantile(double fraction) const;
  /// Spearman's rank correlation, ties sharing their mean rank; 1 where fewer than two differ.
  double rank_correlation() const;
  /// Share of the pictures that lie on different sides of `threshold`.
  double flipped(double threshold = 0.5) const;

 private:
  std::vector<double> reference_, other_;
};

}  // namespace fliqe::tools
