// SPDX-License-Identifier: MIT
/// @file
/// What training makes small. Each is called with a batch's outputs (a row an example), labels and
/// weights.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fliqe/train/layers.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <numeric>
#include <span>

namespace fliqe::inline FLIQE_ABI::train {

/// A loss and its gradient with respect to the outputs.
template <class Scalar>
struct Loss {
  double value = 0;
  double weight = 0;  ///< how much the batch counts in a mean over batches
  Matrix<Scalar> gradient;
};

/// Of one logit an example, label 0 or 1, as torch's BCEWithLogitsLoss with weights: the sum of
/// weight * loss over the sum of weights.
struct BinaryCrossEntropy {
  template <class Scalar>
  Loss<Scalar> operator()(const Matrix<Scalar>& logits, std::span<const int> labels,
                          std::span<const float> weights) const {
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    Loss<Scalar> loss{0, total, Matrix<Scalar>(logits.rows(), 1)};
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      const double z = static_cast<double>(logits(row, 0)), y = labels[i];
      const double share = static_cast<double>(weights[i]) / total;
      loss.value += share * (std::max(z, 0.0) - z * y + std::log1p(std::exp(-std::abs(z))));
      loss.gradient(row, 0) = static_cast<Scalar>(share * (1 / (1 + std::exp(-z)) - y));
    }
    return loss;
  }
};

/// Of a logit for each class, as torch's CrossEntropyLoss, with weights for examples.
struct CrossEntropy {
  template <class Scalar>
  Loss<Scalar> operator()(const Matrix<Scalar>& logits, std::span<const int> labels,
                          std::span<const float> weights) const {
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    Loss<Scalar> loss{0, total, Matrix<Scalar>(logits.rows(), logits.cols())};
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      const double share = static_cast<double>(weights[i]) / total;
      const Row<double> shifted = logits.row(row).template cast<double>().array() -
                                  static_cast<double>(logits.row(row).maxCoeff());
      const double sum = shifted.array().exp().sum();
      Row<double> gradient = shifted.array().exp() / sum;
      gradient(labels[i]) -= 1;
      loss.value += share * (std::log(sum) - shifted(labels[i]));
      loss.gradient.row(row) = (share * gradient).template cast<Scalar>();
    }
    return loss;
  }
};

/// Khosla et al., "Supervised Contrastive Learning" (2020), equation 2, of rows of length 1: each
/// example is to be nearer to those of its label than to the others. An example without another one
/// of its label in the batch does not count, and none counts as its own partner.
struct SupervisedContrastive {
  double temperature = 0.07;

  template <class Scalar>
  Loss<Scalar> operator()(const Matrix<Scalar>& rows, std::span<const int> labels,
                          std::span<const float>) const {
    const Matrix<double> z = rows.template cast<double>();
    const Matrix<double> similarity = z * z.transpose() / temperature;
    Matrix<double> gradient = Matrix<double>::Zero(z.rows(), z.rows());
    Loss<Scalar> loss;
    for (Eigen::Index i = 0; i < z.rows(); ++i) {
      const auto partners =
          static_cast<double>(std::ranges::count(labels, labels[static_cast<std::size_t>(i)]) - 1);
      if (partners == 0) continue;
      Row<double> shifted = similarity.row(i);
      shifted(i) = -std::numeric_limits<double>::infinity();
      shifted.array() -= shifted.maxCoeff();
      const double sum = shifted.array().exp().sum();
      gradient.row(i) = shifted.array().exp() / sum;
      for (Eigen::Index k = 0; k < z.rows(); ++k) {
        const bool same =
            labels[static_cast<std::size_t>(k)] == labels[static_cast<std::size_t>(i)];
        if (k == i || !same) continue;
        loss.value += (std::log(sum) - shifted(k)) / partners;
        gradient(i, k) -= 1 / partners;
      }
      loss.weight += 1;
    }
    const double scale = loss.weight > 0 ? 1 / loss.weight : 0;
    loss.value *= scale;
    loss.gradient =
        ((gradient + gradient.transpose()) * z * (scale / temperature)).template cast<Scalar>();
    return loss;
  }
};

}  // namespace fliqe::inline FLIQE_ABI::train
