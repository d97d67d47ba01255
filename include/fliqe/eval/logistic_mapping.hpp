// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/QR>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// From a quality to the scale of people's opinions: an S-shaped curve on a straight line,
/// b1 (1/2 - 1 / (1 + exp(b2 (q - b3)))) + b4 q + b5
/// (Sheikh, Sabir and Bovik, "A Statistical Evaluation of Recent Full Reference Image Quality
/// Assessment Algorithms", 2006). Correlations and errors of quality measures are computed after
/// it, so that a measure is free to have a scale of its own.
struct LogisticMapping {
  double b1 = 0, b2 = 1, b3 = 0, b4 = 0, b5 = 0;

  /// The largest magnitude of b2 in a fit, for x of deviation 1: a steeper curve would be a jump
  /// between two pictures.
  static constexpr double max_steepness = 50;

  double operator()(double quality) const noexcept {
    return b1 * (0.5 - 1 / (1 + std::exp(b2 * (quality - b3)))) + b4 * quality + b5;
  }

  /// Whether it only rises, or only falls, from `low` to `high`.
  bool is_monotonic(double low, double high) const noexcept;

  /// The least squares fit, by Levenberg and Marquardt's method from several curves, or from
  /// `start` only. Its sum of squares is never larger than that of a straight line.
  /// @throws Error `invalid_argument` when there are fewer than five different x, or not as many y
  static LogisticMapping fit(std::span<const double> x, std::span<const double> y,
                             const std::optional<LogisticMapping>& start = std::nullopt);
};

namespace detail {

/// Numbers less their mean, divided by their deviation.
struct Standardized {
  double mean = 0, deviation = 1;
  std::vector<double> values;

  explicit Standardized(std::span<const double> numbers) : values(numbers.begin(), numbers.end()) {
    const auto count = static_cast<double>(values.size());
    mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (double& each : values) {
      each -= mean;
      squares += each * each;
    }
    deviation = squares > 0 ? std::sqrt(squares / count) : 1;
    for (double& each : values) each /= deviation;
  }
};

/// Least squares in standardized numbers, where one set of starts and tolerances serves all scales.
class LogisticFit {
 public:
  using Parameters = Eigen::Matrix<double, 5, 1>;  ///< b1 to b5

  LogisticFit(std::span<const double> x, std::span<const double> y) : x_(x), y_(y) {}

  LogisticMapping from(const std::optional<LogisticMapping>& start) {
    if (start) {
      improve(inside(*start), 1e-6);
    } else {
      for (const double steepness : {1.0, 4.0}) {
        for (const double middle : {0.0, -0.8, 0.8}) improve(with_lines(steepness, middle), 1e-13);
      }
    }
    return outside(best_);
  }

 private:
  /// The best b1, b4 and b5 for these b2 and b3.
  Parameters with_lines(double steepness, double middle) const {
    const auto count = static_cast<Eigen::Index>(x_.values.size());
    Eigen::Matrix<double, Eigen::Dynamic, 3> columns(count, 3);
    for (Eigen::Index i = 0; i < count; ++i) {
      const double x = x_.values[static_cast<std::size_t>(i)];
      columns.row(i) << 0.5 - 1 / (1 + std::exp(steepness * (x - middle))), x, 1;
    }
    const Eigen::Map<const Eigen::VectorXd> y(y_.values.data(), count);
    const Eigen::Vector3d lines = columns.colPivHouseholderQr().solve(y);
    return Parameters(lines[0], steepness, middle, lines[1], lines[2]);
  }

  double squares(const Parameters& b) const {
    const LogisticMapping mapping{b[0], b[1], b[2], b[3], b[4]};
    double sum = 0;
    for (std::size_t i = 0; i < x_.values.size(); ++i) {
      const double error = mapping(x_.values[i]) - y_.values[i];
      sum += error * error;
    }
    return std::isfinite(sum) ? sum : std::numeric_limits<double>::infinity();
  }

  struct NormalEquations {
    Eigen::Matrix<double, 5, 5> matrix = Eigen::Matrix<double, 5, 5>::Zero();
    Parameters gradient = Parameters::Zero();
  };

  NormalEquations linearized(const Parameters& b) const {
    NormalEquations equations;
    for (std::size_t i = 0; i < x_.values.size(); ++i) {
      const double x = x_.values[i];
      const double falling = 1 / (1 + std::exp(b[1] * (x - b[2])));
      const double slope = b[0] * falling * (1 - falling);
      const Parameters row(0.5 - falling, slope * (x - b[2]), -slope * b[1], x, 1);
      const double error = b[0] * row[0] + b[3] * x + b[4] - y_.values[i];
      equations.matrix.noalias() += row * row.transpose();
      equations.gradient += error * row;
    }
    return equations;
  }

  /// Walks downhill from `b` and keeps the end if it is the lowest so far.
  /// @param enough  a step ends the walk that lowers the mean square by less
  void improve(Parameters b, double enough) {
    constexpr int max_steps = 200;
    constexpr double largest_damping = 1e12, ridge = 1e-12;
    double sum = squares(b), damping = 1e-3;
    for (int step = 0; step < max_steps; ++step) {
      const NormalEquations equations = linearized(b);
      double gain = 0;
      while (gain == 0 && damping < largest_damping) {
        Eigen::Matrix<double, 5, 5> damped = equations.matrix;
        damped.diagonal() *= 1 + damping;
        damped.diagonal().array() += ridge;
        Parameters moved = b - damped.ldlt().solve(equations.gradient);
        moved[1] =
            std::clamp(moved[1], -LogisticMapping::max_steepness, LogisticMapping::max_steepness);
        const double moved_sum = squares(moved);
        if (moved_sum < sum) {
          gain = sum - moved_sum;
          sum = moved_sum;
          b = moved;
          damping = std::max(damping / 10, 1e-9);
        } else {
          damping *= 10;
        }
      }
      if (gain <= enough * static_cast<double>(x_.values.size())) break;
    }
    if (sum < lowest_) {
      lowest_ = sum;
      best_ = b;
    }
  }

  LogisticMapping outside(const Parameters& b) const {
    const double slope = b[3] * y_.deviation / x_.deviation;
    return {b[0] * y_.deviation, b[1] / x_.deviation, x_.mean + b[2] * x_.deviation, slope,
            y_.mean + b[4] * y_.deviation - slope * x_.mean};
  }

  Parameters inside(const LogisticMapping& m) const {
    return Parameters(m.b1 / y_.deviation, m.b2 * x_.deviation, (m.b3 - x_.mean) / x_.deviation,
                      m.b4 * x_.deviation / y_.deviation,
                      (m.b5 + m.b4 * x_.mean - y_.mean) / y_.deviation);
  }

  Standardized x_, y_;
  Parameters best_ = Parameters::Zero();
  double lowest_ = std::numeric_limits<double>::infinity();
};

inline std::size_t different_values(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  return static_cast<std::size_t>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
}

}  // namespace detail

inline bool LogisticMapping::is_monotonic(double low, double high) const noexcept {
  constexpr int steps = 200;
  bool rises = false, falls = false;
  double last = (*this)(low);
  for (int i = 1; i <= steps; ++i) {
    const double next = (*this)(low + (high - low) * i / steps);
    rises = rises || next > last;
    falls = falls || next < last;
    last = next;
  }
  return !(rises && falls);
}

inline LogisticMapping LogisticMapping::fit(std::span<const double> x, std::span<const double> y,
                                            const std::optional<LogisticMapping>& start) {
  constexpr std::size_t parameters = 5;
  detail::require(x.size() == y.size() && detail::different_values(x) >= parameters,
                  ErrorCode::invalid_argument,
                  "logistic fit: expected at least 5 different values, and as many opinions");
  return detail::LogisticFit(x, y).from(start);
}

}  // namespace fliqe::inline FLIQE_ABI
