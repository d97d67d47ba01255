// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/train/network.hpp>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace fliqe::train {

/// A loss and its gradient with respect to the logits.
template <class Scalar>
struct Loss {
  double value = 0;
  Matrix<Scalar> gradient;
};

/// Binary cross-entropy of one logit an example, as torch's BCEWithLogitsLoss with weights: the sum
/// of weight * loss over the sum of weights.
template <class Scalar>
Loss<Scalar> binary_cross_entropy(const Matrix<Scalar>& logits, const Matrix<Scalar>& truth,
                                  const Matrix<Scalar>& weight) {
  Loss<Scalar> loss{0, Matrix<Scalar>(logits.rows(), 1)};
  const double total = static_cast<double>(weight.sum());
  for (Eigen::Index i = 0; i < logits.rows(); ++i) {
    const double z = static_cast<double>(logits(i, 0)), y = static_cast<double>(truth(i, 0));
    const double share = static_cast<double>(weight(i, 0)) / total;
    loss.value += share * (std::max(z, 0.0) - z * y + std::log1p(std::exp(-std::abs(z))));
    loss.gradient(i, 0) = static_cast<Scalar>(share * (1 / (1 + std::exp(-z)) - y));
  }
  return loss;
}

/// Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), with PyTorch's constants.
template <class Scalar>
class Adam {
 public:
  void step(Network<Scalar>& network, double learning_rate) {
    ++steps_;
    const double first_correction = 1 - std::pow(first_decay, steps_);
    const double second_correction = 1 - std::pow(second_decay, steps_);
    const auto size = static_cast<Scalar>(learning_rate / first_correction);
    const auto scale = static_cast<Scalar>(1 / std::sqrt(second_correction));
    std::size_t i = 0;
    network.for_each_parameter([&](Parameter<Scalar>& parameter) {
      if (i == moments_.size()) {
        const auto zero = Matrix<Scalar>::Zero(parameter.value.rows(), parameter.value.cols());
        moments_.push_back({zero, zero});
      }
      auto& [first, second] = moments_[i++];
      const Matrix<Scalar>& gradient = parameter.gradient;
      first = Scalar(first_decay) * first + Scalar(1 - first_decay) * gradient;
      second = Scalar(second_decay) * second +
               Scalar(1 - second_decay) * gradient.cwiseProduct(gradient);
      parameter.value.array() -=
          size * first.array() / (scale * second.array().sqrt() + Scalar(epsilon));
    });
  }

 private:
  struct Moments {
    Matrix<Scalar> first, second;
  };

  static constexpr double first_decay = 0.9, second_decay = 0.999, epsilon = 1e-8;

  int steps_ = 0;
  std::vector<Moments> moments_;
};

/// Feature vectors with what is true of them.
struct Examples {
  Matrix<float> features;  ///< a row each
  Matrix<float> truth;     ///< 1 or 0
  Matrix<float> weight;    ///< how much each counts

  Eigen::Index count() const noexcept { return features.rows(); }
};

/// Weights under which both classes count alike.
/// @throws Error `invalid_argument` unless both occur
inline void balance(Examples& examples) {
  const double positives = static_cast<double>(examples.truth.sum());
  const double negatives = static_cast<double>(examples.count()) - positives;
  detail::require(positives > 0 && negatives > 0, ErrorCode::invalid_argument,
                  "training: expected examples of both classes, found " +
                      std::to_string(static_cast<long>(positives)) + " and " +
                      std::to_string(static_cast<long>(negatives)));
  examples.weight = examples.truth.unaryExpr([&](float truth) {
    return static_cast<float>(static_cast<double>(examples.count()) /
                              (2 * (truth > 0 ? positives : negatives)));
  });
}

struct TrainingOptions {
  int epochs = 100;
  int batch = 64;
  double learning_rate = 1e-3;
  double decay = 0.95;  ///< of the learning rate after an epoch without gain
  int patience = 10;    ///< epochs without gain before it ends
  std::uint64_t seed = 1;
};

struct Epoch {
  int number = 0;
  double training_loss = 0, validation_loss = 0, learning_rate = 0;
  bool is_best = false;
};

/// Trains a head with one output; what it learned by its best epoch on `validation` stays. The same
/// seed gives the same bits on the same machine and build, if Eigen uses one thread.
/// @param seen  called after each epoch; false ends the training
template <class Seen>
std::vector<Epoch> train_binary(Network<float>& head, const Examples& training,
                                const Examples& validation, const TrainingOptions& options,
                                const Seen& seen) {
  detail::require(training.count() > 1 && validation.count() > 0, ErrorCode::invalid_argument,
                  "training: expected at least two examples and one to validate with");
  Random random(options.seed);
  std::vector<Eigen::Index> order(static_cast<std::size_t>(training.count()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  Adam<float> optimizer;
  Network<float> best = head;
  double best_loss = std::numeric_limits<double>::infinity();
  double learning_rate = options.learning_rate;
  std::vector<Epoch> epochs;
  int without_gain = 0;
  for (int number = 1; number <= options.epochs && without_gain < options.patience; ++number) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    Epoch epoch{number, 0, 0, learning_rate, false};
    double weight = 0;
    const auto batch = static_cast<std::size_t>(options.batch);
    for (std::size_t begin = 0; begin < order.size(); begin += batch) {
      const std::size_t end = std::min(order.size(), begin + batch);
      if (end - begin < 2) break;  // a batch of one has no variance
      const std::vector<Eigen::Index> rows(order.begin() + static_cast<std::ptrdiff_t>(begin),
                                           order.begin() + static_cast<std::ptrdiff_t>(end));
      const Matrix<float> weights = training.weight(rows, Eigen::all);
      const auto loss =
          binary_cross_entropy<float>(head.forward(training.features(rows, Eigen::all), true),
                                      training.truth(rows, Eigen::all), weights);
      head.backward(loss.gradient);
      optimizer.step(head, learning_rate);
      const auto batch_weight = static_cast<double>(weights.sum());
      epoch.training_loss += loss.value * batch_weight;
      weight += batch_weight;
    }
    epoch.training_loss /= weight;
    epoch.validation_loss = binary_cross_entropy<float>(head.forward(validation.features, false),
                                                        validation.truth, validation.weight)
                                .value;
    detail::require(std::isfinite(epoch.validation_loss), ErrorCode::non_finite,
                    "training: the loss became NaN or infinite; lower the learning rate");
    epoch.is_best = epoch.validation_loss < best_loss;
    if (epoch.is_best) {
      best_loss = epoch.validation_loss;
      best = head;
      without_gain = 0;
    } else {
      ++without_gain;
      learning_rate *= options.decay;
    }
    epochs.push_back(epoch);
    if (!seen(epoch)) break;
  }
  head = std::move(best);
  return epochs;
}

}  // namespace fliqe::train
