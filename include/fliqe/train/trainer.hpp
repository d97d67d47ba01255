// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/train/adam.hpp>
#include <fliqe/train/losses.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI::train {

/// Feature vectors with what is true of them.
struct Examples {
  Matrix<float> features;      ///< a row each
  std::vector<int> labels;     ///< 0, 1, ...
  std::vector<float> weights;  ///< how much each counts

  std::size_t count() const noexcept { return labels.size(); }

  Examples at(std::span<const std::size_t> rows) const {
    Examples chosen;
    chosen.features.resize(static_cast<Eigen::Index>(rows.size()), features.cols());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      chosen.features.row(static_cast<Eigen::Index>(i)) =
          features.row(static_cast<Eigen::Index>(rows[i]));
      chosen.labels.push_back(labels[rows[i]]);
      chosen.weights.push_back(weights[rows[i]]);
    }
    return chosen;
  }
};

/// Gives examples weights under which all `classes` labels count alike.
/// @throws Error `invalid_argument` unless each occurs
inline void balance(Examples& examples, int classes) {
  std::vector<double> counts(static_cast<std::size_t>(classes));
  for (const int label : examples.labels) ++counts[static_cast<std::size_t>(label)];
  detail::require(std::ranges::find(counts, 0.0) == counts.end(), ErrorCode::invalid_argument,
                  {"training: expected examples of all ", classes,
                   " classes, both to train and to validate with, found none of one of them"});
  examples.weights.clear();
  for (const int label : examples.labels) {
    const double count = counts[static_cast<std::size_t>(label)];
    examples.weights.push_back(
        static_cast<float>(static_cast<double>(examples.count()) / (classes * count)));
  }
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

/// Everything that training goes on from.
struct TrainingState {
  explicit TrainingState(Network<float> start)
      : current(std::move(start)), best(current), optimizer(current) {}

  Network<float> current, best;
  Adam<float> optimizer;
  std::vector<Epoch> epochs;

  double best_loss() const {
    double loss = std::numeric_limits<double>::infinity();
    for (const Epoch& epoch : epochs) loss = std::min(loss, epoch.validation_loss);
    return loss;
  }

  int epochs_without_gain() const {
    const auto best_one = std::ranges::find(epochs.rbegin(), epochs.rend(), true, &Epoch::is_best);
    return static_cast<int>(best_one - epochs.rbegin());
  }
};

namespace detail {

using fliqe::detail::require;

/// The examples in an order of its own for each seed, in batches.
template <class Visitor>
void for_each_batch(const Examples& examples, int batch_size, std::uint64_t seed,
                    const Visitor& visit) {
  std::vector<std::size_t> order(examples.count());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  const auto size = static_cast<std::size_t>(batch_size);
  for (std::size_t begin = 0; begin < order.size(); begin += size) {
    const std::size_t count = std::min(size, order.size() - begin);
    visit(examples.at(std::span(order).subspan(begin, count)));
  }
}

/// The mean of losses over batches.
class MeanLoss {
 public:
  void add(double value, double weight) {
    sum_ += value * weight;
    weight_ += weight;
  }
  double value() const { return weight_ > 0 ? sum_ / weight_ : 0; }

 private:
  double sum_ = 0, weight_ = 0;
};

}  // namespace detail

/// Trains until nothing is gained any more; `state.best` is what it had learned by its best epoch
/// on `validation`. The same seed gives the same bits on the same machine and build if Eigen uses
/// one thread, also when it was interrupted and went on from a stored state.
/// @param loss  as those in losses.hpp
/// @param seen  called after each epoch; false ends the training
/// @throws Error `invalid_argument` without examples, `non_finite` when the loss becomes so
template <class LossFunction, class Seen>
void train(TrainingState& state, const Examples& training, const Examples& validation,
           const LossFunction& loss, const TrainingOptions& options, const Seen& seen) {
  detail::require(training.count() > 1 && validation.count() > 0, ErrorCode::invalid_argument,
                  "training: expected at least two examples and one to validate with");
  double learning_rate = options.learning_rate;
  if (!state.epochs.empty()) {
    const Epoch& last = state.epochs.back();
    learning_rate = last.learning_rate * (last.is_best ? 1 : options.decay);
  }
  while (static_cast<int>(state.epochs.size()) < options.epochs &&
         state.epochs_without_gain() < options.patience) {
    Epoch epoch{static_cast<int>(state.epochs.size()) + 1, 0, 0, learning_rate, false};
    // A seed for each epoch, so that the order does not depend on where training was taken up.
    const std::uint64_t seed = options.seed * 1'000'003 + static_cast<std::uint64_t>(epoch.number);
    detail::MeanLoss training_loss, validation_loss;
    detail::for_each_batch(training, options.batch, seed, [&](const Examples& batch) {
      if (batch.count() < 2) return;  // a batch of one has no variance
      const auto found =
          loss(state.current.forward(batch.features, true), std::span<const int>(batch.labels),
               std::span<const float>(batch.weights));
      state.current.backward(found.gradient);
      state.optimizer.step(state.current, learning_rate);
      training_loss.add(found.value, found.weight);
    });
    detail::for_each_batch(validation, options.batch, options.seed, [&](const Examples& batch) {
      const auto found =
          loss(state.current.forward(batch.features, false), std::span<const int>(batch.labels),
               std::span<const float>(batch.weights));
      validation_loss.add(found.value, found.weight);
    });
    epoch.training_loss = training_loss.value();
    epoch.validation_loss = validation_loss.value();
    detail::require(std::isfinite(epoch.validation_loss), ErrorCode::non_finite,
                    "training: the loss became NaN or infinite; lower the learning rate");
    epoch.is_best = epoch.validation_loss < state.best_loss();
    if (epoch.is_best) {
      state.best = state.current;
    } else {
      learning_rate *= options.decay;
    }
    state.epochs.push_back(epoch);
    if (!seen(epoch)) return;
  }
}

}  // namespace fliqe::inline FLIQE_ABI::train
