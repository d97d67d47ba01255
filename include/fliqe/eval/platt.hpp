// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <span>

namespace fliqe::inline FLIQE_ABI {

/// A picture's truth and the network's logit of "distorted".
struct LabelledLogit {
  bool distorted = false;
  double logit = 0;
};

/// Probabilities that mean what they say: sigmoid(slope * logit + offset), with both fitted to
/// labelled pictures (Platt, "Probabilistic Outputs for Support Vector Machines", 1999).
struct PlattScaling {
  double slope = 1;
  double offset = 0;

  double probability(double logit) const noexcept {
    return 1 / (1 + std::exp(-(slope * logit + offset)));
  }

  /// By Newton's method with a line search and Platt's targets, which keep perfectly separated
  /// classes from giving infinite slopes (Lin, Lin and Weng, "A Note on Platt's Probabilistic
  /// Outputs for Support Vector Machines", 2007).
  /// @throws Error `invalid_argument` unless there are clean and distorted pictures
  static PlattScaling fit(std::span<const LabelledLogit> pictures) {
    const auto positives =
        static_cast<double>(std::ranges::count(pictures, true, &LabelledLogit::distorted));
    const double negatives = static_cast<double>(pictures.size()) - positives;
    detail::require(positives > 0 && negatives > 0, ErrorCode::invalid_argument,
                    "Platt scaling: expected clean and distorted pictures");
    const double high = (positives + 1) / (positives + 2), low = 1 / (negatives + 2);
    const auto target = [&](const LabelledLogit& each) { return each.distorted ? high : low; };
    const auto loss_of = [&](const PlattScaling& scaling) {
      double loss = 0;
      for (const LabelledLogit& each : pictures) {
        const double value = scaling.slope * each.logit + scaling.offset;
        // log(1 + exp(value)) - target * value, without overflow
        loss +=
            std::max(value, 0.0) + std::log1p(std::exp(-std::abs(value))) - target(each) * value;
      }
      return loss;
    };

    PlattScaling scaling{0, std::log((positives + 1) / (negatives + 1))};
    double loss = loss_of(scaling);
    constexpr int max_steps = 100;
    for (int step = 0; step < max_steps; ++step) {
      constexpr double ridge = 1e-12, enough = 1e-9;
      double slope_slope = ridge, slope_offset = 0, offset_offset = ridge;
      double by_slope = 0, by_offset = 0;
      for (const LabelledLogit& each : pictures) {
        const double p = scaling.probability(each.logit);
        const double weight = p * (1 - p), error = p - target(each);
        slope_slope += each.logit * each.logit * weight;
        slope_offset += each.logit * weight;
        offset_offset += weight;
        by_slope += each.logit * error;
        by_offset += error;
      }
      if (std::abs(by_slope) < enough && std::abs(by_offset) < enough) break;
      const double determinant = slope_slope * offset_offset - slope_offset * slope_offset;
      const double move_slope =
          -(offset_offset * by_slope - slope_offset * by_offset) / determinant;
      const double move_offset = -(slope_slope * by_offset - slope_offset * by_slope) / determinant;
      const double descent = by_slope * move_slope + by_offset * move_offset;
      bool is_better = false;
      constexpr int max_halvings = 33;
      for (int halvings = 0; !is_better && halvings <= max_halvings; ++halvings) {
        const double length = std::ldexp(1.0, -halvings);
        const PlattScaling moved{scaling.slope + length * move_slope,
                                 scaling.offset + length * move_offset};
        const double moved_loss = loss_of(moved);
        is_better = moved_loss < loss + 1e-4 * length * descent;
        if (is_better) {
          scaling = moved;
          loss = moved_loss;
        }
      }
      if (!is_better) break;
    }
    return scaling;
  }
};

}  // namespace fliqe::inline FLIQE_ABI
