// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <fliqe/base/tensor.hpp>
#include <fliqe/kernels/kernel_table.hpp>
#include <fliqe/nn/pixelwise.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// max(x, 0), element by element; NaN stays NaN. Inside a network it is fused into the
/// convolutions.
class ReLU {
 public:
  explicit ReLU(const kernels::KernelTable& table = kernels::default_table()) : table_(&table) {}

  /// `output` must have the shape of `input`; it may be `input`.
  void forward(ConstTensorView input, TensorView output, int threads = 0) const {
    const auto channels = static_cast<std::size_t>(input.shape().c);
    for_each_pixel("ReLU output", input, output, threads,
                   [&](const float* x, float* y) { table_->relu(x, channels, y); });
  }

 private:
  const kernels::KernelTable* table_;
};

/// Scales each feature vector to length 1, as torch.nn.functional.normalize(x, dim=1):
/// y = x / max(|x|, 1e-12).
class Normalize {
 public:
  /// One vector of `count` floats; `y` may be `x`.
  static void vector(const float* x, int count, float* y) {
    const Eigen::Map<const Eigen::VectorXf> in(x, count);
    const float divisor = std::max(std::sqrt(in.squaredNorm()), 1e-12f);
    // Eigen's own division is an approximation on 32-bit ARM.
    for (int i = 0; i < count; ++i) y[i] = x[i] / divisor;
  }

  /// n x 1 x 1 x c; `output` must have the shape of `input`; it may be `input`.
  static void forward(ConstTensorView input, TensorView output) {
    const TensorShape& shape = input.shape();
    detail::require_shape("Normalize output", output.shape(), shape);
    detail::require(shape.h == 1 && shape.w == 1, ErrorCode::invalid_argument,
                    "Normalize: expected feature vectors (h = w = 1), found " + to_string(shape));
    for (int image = 0; image < shape.n; ++image) {
      vector(input.pixel(image, 0, 0), shape.c, output.pixel(image, 0, 0));
    }
  }
};

}  // namespace fliqe::inline FLIQE_ABI::nn
