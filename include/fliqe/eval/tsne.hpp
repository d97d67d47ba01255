// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/base/parallel.hpp>
#include <fliqe/base/random.hpp>
#include <fliqe/eval/quad_tree.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// Constants as in scikit-learn 1.2.
struct TsneOptions {
  double perplexity = 30;  ///< about how many neighbours a point has
  double angle = 0.5;      ///< of Barnes and Hut; 0: exact
  int iterations = 1000;
  std::uint64_t seed = 42;
  int threads = 0;  ///< 0: all cores; the result is the same for any
};

struct TsneResult {
  std::vector<std::array<double, 2>> points;
  double divergence = 0;  ///< Kullback and Leibler's, which was made small
};

namespace detail {

using TsneRows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Affinity {
  std::size_t other = 0;
  double value = 0;
};
using Affinities = std::vector<std::vector<Affinity>>;

/// Turns squared distances into probabilities of a given perplexity, by bisection of the precision.
inline void to_probabilities(std::vector<Affinity>& row, double perplexity) {
  const double wanted = std::log(perplexity);
  const double nearest = std::ranges::min_element(row, {}, &Affinity::value)->value;
  const std::vector<Affinity> distances = row;
  double precision = 1, low = 0, high = std::numeric_limits<double>::infinity();
  for (int step = 0; step < 100; ++step) {
    double sum = 0, weighted = 0;
    for (std::size_t k = 0; k < row.size(); ++k) {
      const double distance = distances[k].value - nearest;
      row[k].value = std::exp(-precision * distance);
      sum += row[k].value;
      weighted += row[k].value * distance;
    }
    for (Affinity& each : row) each.value /= sum;
    const double excess = std::log(sum) + precision * weighted / sum - wanted;
    if (std::abs(excess) < 1e-5) return;
    (excess > 0 ? low : high) = precision;
    precision = std::isinf(high) ? 2 * precision : (low + high) / 2;
  }
}

/// Symmetric probabilities of being neighbours, of sum 1; each point with those nearest to it.
inline Affinities affinities(const TsneRows& rows, const TsneOptions& options) {
  const auto count = static_cast<std::size_t>(rows.rows());
  const auto several = static_cast<std::size_t>(3 * options.perplexity + 1);
  const std::size_t kept = options.angle == 0 ? count - 1 : std::min(count - 1, several);
  Affinities directed(count);
  parallel(resolve_thread_count(options.threads), [&](const Team& team) {
    const Range share = team.share(count);
    for (std::size_t i = share.begin; i < share.end; ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      const Eigen::VectorXd distances = (rows.rowwise() - rows.row(row)).rowwise().squaredNorm();
      std::vector<Affinity> near;
      for (std::size_t k = 0; k < count; ++k) {
        if (k != i) near.push_back({k, distances(static_cast<Eigen::Index>(k))});
      }
      std::ranges::nth_element(near, near.begin() + static_cast<std::ptrdiff_t>(kept - 1), {},
                               &Affinity::value);
      near.resize(kept);
      to_probabilities(near, options.perplexity);
      directed[i] = std::move(near);
    }
  });
  Affinities both = directed;
  for (std::size_t i = 0; i < count; ++i) {
    for (const Affinity& each : directed[i]) both[each.other].push_back({i, each.value});
  }
  for (std::vector<Affinity>& row : both) {
    std::ranges::sort(row, {}, &Affinity::other);
    std::vector<Affinity> merged;
    for (const Affinity& each : row) {
      if (merged.empty() || merged.back().other != each.other) merged.push_back({each.other, 0});
      merged.back().value += each.value / (2 * static_cast<double>(count));
    }
    row = std::move(merged);
  }
  return both;
}

/// The first two principal components, tiny, with a little noise that parts equal rows.
inline std::vector<PlanePoint> principal_plane(const TsneRows& rows, std::uint64_t seed) {
  constexpr double size = 1e-4, noise = 1e-6;
  const TsneRows centered = rows.rowwise() - rows.colwise().mean();
  const Eigen::MatrixXd covariance = centered.transpose() * centered;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
  const Eigen::MatrixXd axes = solver.eigenvectors().rightCols(2).rowwise().reverse();
  const Eigen::MatrixXd placed = centered * axes;
  const double spread = std::sqrt(placed.col(0).squaredNorm() / static_cast<double>(rows.rows()));
  Random random(seed);
  std::vector<PlanePoint> points;
  for (Eigen::Index i = 0; i < placed.rows(); ++i) {
    const double scale = spread > 0 ? size / spread : 0;
    points.push_back({scale * placed(i, 0) + noise * random.normal(),
                      scale * placed(i, 1) + noise * random.normal()});
  }
  return points;
}

/// Gradient descent on the divergence.
class TsneDescent {
 public:
  TsneDescent(Affinities near, std::vector<PlanePoint> start, const TsneOptions& options)
      : near_(std::move(near)),
        options_(options),
        threads_(resolve_thread_count(options.threads)),
        points_(std::move(start)),
        velocity_(points_.size()),
        gains_(points_.size(), PlanePoint{1, 1}),
        repulsion_(points_.size()) {}

  void step(double exaggeration, double momentum) {
    constexpr double smallest_gain = 0.01;
    const double rate = std::max(static_cast<double>(points_.size()) / (4 * early_factor), 50.0);
    const double normalizer = repel();
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const PlanePoint pull = attraction(i);
      for (std::size_t axis = 0; axis < 2; ++axis) {
        const double gradient =
            4 * (exaggeration * pull[axis] - repulsion_[i].force[axis] / normalizer);
        double& gain = gains_[i][axis];
        double& velocity = velocity_[i][axis];
        const bool same_way = gradient * velocity < 0;
        gain = std::max(same_way ? gain + 0.2 : gain * 0.8, smallest_gain);
        velocity = momentum * velocity - rate * gain * gradient;
      }
    }
    for (std::size_t i = 0; i < points_.size(); ++i) {
      points_[i] = {points_[i][0] + velocity_[i][0], points_[i][1] + velocity_[i][1]};
    }
  }

  double divergence() {
    const double normalizer = repel();
    double sum = 0;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      for (const Affinity& each : near_[i]) {
        if (each.value > 0)
          sum += each.value * std::log(each.value * normalizer / likeness(i, each));
      }
    }
    return sum;
  }

  const std::vector<PlanePoint>& points() const noexcept { return points_; }

  static constexpr double early_factor = 12;
  static constexpr int early_steps = 250;

 private:
  /// Of two points on the plane: 1 / (1 + squared distance).
  double likeness(std::size_t i, const Affinity& each) const {
    const double dx = points_[i][0] - points_[each.other][0];
    const double dy = points_[i][1] - points_[each.other][1];
    return 1 / (1 + dx * dx + dy * dy);
  }

  /// @return the sum of the likeness of all pairs
  double repel() {
    const QuadTree tree(points_);
    parallel(threads_, [&](const Team& team) {
      const Range share = team.share(points_.size());
      for (std::size_t i = share.begin; i < share.end; ++i) {
        repulsion_[i] = tree.repulsion(points_[i], options_.angle);
      }
    });
    double sum = 0;
    for (const auto& each : repulsion_) sum += each.sum;
    return std::max(sum, 1e-300);
  }

  PlanePoint attraction(std::size_t i) const {
    PlanePoint pull{};
    for (const Affinity& each : near_[i]) {
      const double strength = each.value * likeness(i, each);
      pull[0] += strength * (points_[i][0] - points_[each.other][0]);
      pull[1] += strength * (points_[i][1] - points_[each.other][1]);
    }
    return pull;
  }

  Affinities near_;
  const TsneOptions& options_;
  int threads_;
  std::vector<PlanePoint> points_, velocity_, gains_;
  std::vector<QuadTree::Repulsion> repulsion_;
};

}  // namespace detail

/// Places rows of numbers in the plane so that neighbours stay neighbours: van der Maaten and
/// Hinton, "Visualizing Data using t-SNE" (2008), with the approximation of van der Maaten (2014);
/// starts from the principal components, exaggerates twelvefold for 250 steps.
/// @param seen  called with the number of the step; false ends it early
/// @throws Error `invalid_argument` unless there are more rows than the perplexity, and finite ones
template <class Rows, class Seen>
TsneResult tsne(const Rows& rows, const TsneOptions& options, const Seen& seen) {
  const auto count = static_cast<double>(rows.rows());
  detail::require(options.perplexity >= 1 && count > options.perplexity && rows.cols() >= 2,
                  ErrorCode::invalid_argument,
                  {"t-SNE: expected more pictures than the perplexity of ",
                   std::to_string(options.perplexity), ", found ", rows.rows()});
  const detail::TsneRows exact = rows.template cast<double>();
  detail::require(exact.allFinite(), ErrorCode::non_finite, "t-SNE: expected finite numbers");
  detail::TsneDescent descent(detail::affinities(exact, options),
                              detail::principal_plane(exact, options.seed), options);
  for (int step = 0; step < options.iterations; ++step) {
    const bool early = step < detail::TsneDescent::early_steps;
    descent.step(early ? detail::TsneDescent::early_factor : 1, early ? 0.5 : 0.8);
    if (!seen(step + 1)) break;
  }
  return {descent.points(), descent.divergence()};
}

}  // namespace fliqe::inline FLIQE_ABI
