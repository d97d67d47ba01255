// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <fliqe/base/tensor.hpp>
#include <fliqe/kernels/dispatch.hpp>
#include <fliqe/nn/layer_plan.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// max(x, 0), element by element; NaN stays NaN. Inside a network it is fused into the
/// convolutions.
class ReLU {
 public:
  using Input = float;
  using Output = float;

  /// @throws Error `invalid_argument` when this host cannot run `isa`
  explicit ReLU(Isa isa = default_isa()) : kernels_(&kernels::vector_kernels_for(isa)) {}

  TensorShape output_shape(const TensorShape& input) const { return input; }

  /// One task of the work; each task of the count is to be run once. `output` may be `input`.
  void run(ConstTensorView input, TensorView output, const Task& task) const {
    const auto channels = static_cast<std::size_t>(input.shape().c);
    for_each_pixel(input, output, task,
                   [&](const float* x, float* y) { kernels_->relu(x, channels, y); });
  }

  /// @throws Error `invalid_argument` unless both shapes are the same
  LayerPlan<ReLU> plan(const TensorLayout& input, const TensorLayout& output) const {
    return {*this, "ReLU output", input, output};
  }

  /// @param threads  0: all cores. @throws Error as plan()
  void forward(ConstTensorView input, TensorView output, int threads = 0) const {
    run_plan(plan(input.layout, output.layout), input, output, threads);
  }

 private:
  const kernels::VectorKernels* kernels_;
};

/// Scales each feature vector, n x 1 x 1 x c, to length 1, as
/// torch.nn.functional.normalize(x, dim=1): y = x / max(|x|, 1e-12).
class Normalize {
 public:
  using Input = float;
  using Output = float;

  /// @throws Error `invalid_argument` unless height and width are 1
  TensorShape output_shape(const TensorShape& input) const {
    if (input.h == 1 && input.w == 1) return input;
    detail::raise(ErrorCode::invalid_argument,
                  {"Normalize: expected feature vectors (h = w = 1), found ", to_string(input)});
  }

  /// One task of the work; each task of the count is to be run once. `output` may be `input`.
  void run(ConstTensorView input, TensorView output, const Task& task) const {
    const int channels = input.shape().c;
    for_each_pixel(input, output, task, [&](const float* x, float* y) {
      const float divisor = std::max(std::sqrt(sum_of_squares(x, channels)), 1e-12f);
      for (int i = 0; i < channels; ++i) y[i] = x[i] / divisor;
    });
  }

  /// @throws Error `invalid_argument` unless both shapes are n x 1 x 1 x c
  LayerPlan<Normalize> plan(const TensorLayout& input, const TensorLayout& output) const {
    return {*this, "Normalize output", input, output};
  }

  /// @param threads  0: all cores. @throws Error as plan()
  void forward(ConstTensorView input, TensorView output, int threads = 0) const {
    run_plan(plan(input.layout, output.layout), input, output, threads);
  }

 private:
  /// Eight partial sums, which are then added in pairs: the order is part of the result's bits.
  static float sum_of_squares(const float* x, int count) {
    float sum[8] = {};
    int i = 0;
    for (; i + 8 <= count; i += 8) {
      for (int lane = 0; lane < 8; ++lane) sum[lane] += x[i + lane] * x[i + lane];
    }
    for (int lane = 0; lane < 4; ++lane) sum[lane] += sum[lane + 4];
    if (i + 4 <= count) {
      for (int lane = 0; lane < 4; ++lane) sum[lane] += x[i + lane] * x[i + lane];
      i += 4;
    }
    float total = (sum[0] + sum[2]) + (sum[1] + sum[3]);
    for (; i < count; ++i) total += x[i] * x[i];
    return total;
  }
};

}  // namespace fliqe::inline FLIQE_ABI::nn
