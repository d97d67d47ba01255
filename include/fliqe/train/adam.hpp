// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <fliqe/train/network.hpp>
#include <fliqe/version.hpp>
#include <vector>

namespace fliqe::inline FLIQE_ABI::train {

/// Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), with PyTorch's constants.
template <class Scalar>
class Adam {
 public:
  /// Running means of a parameter's gradient and of its square.
  struct Moments {
    Matrix<Scalar> first, second;
  };

  explicit Adam(Network<Scalar>& network) {
    network.for_each_parameter([&](Parameter<Scalar>& parameter) {
      const auto zero = Matrix<Scalar>::Zero(parameter.value.rows(), parameter.value.cols());
      moments.push_back({zero, zero});
    });
  }

  void step(Network<Scalar>& network, double learning_rate) {
    ++steps;
    const double first_correction = 1 - std::pow(first_decay, steps);
    const double second_correction = 1 - std::pow(second_decay, steps);
    const auto size = static_cast<Scalar>(learning_rate / first_correction);
    const auto scale = static_cast<Scalar>(1 / std::sqrt(second_correction));
    std::size_t i = 0;
    network.for_each_parameter([&](Parameter<Scalar>& parameter) {
      auto& [first, second] = moments[i++];
      const Matrix<Scalar>& gradient = parameter.gradient;
      first = Scalar(first_decay) * first + Scalar(1 - first_decay) * gradient;
      second = Scalar(second_decay) * second +
               Scalar(1 - second_decay) * gradient.cwiseProduct(gradient);
      parameter.value.array() -=
          size * first.array() / (scale * second.array().sqrt() + Scalar(epsilon));
    });
  }

  int steps = 0;
  std::vector<Moments> moments;  ///< in the order of the parameters

 private:
  static constexpr double first_decay = 0.9, second_decay = 0.999, epsilon = 1e-8;
};

}  // namespace fliqe::inline FLIQE_ABI::train
