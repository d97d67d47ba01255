// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/kernels/dispatch.hpp>
#include <fliqe/nn/layer_plan.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI::nn {

/// The tensors of a trained batch normalization, one value per channel, named as in PyTorch.
struct BatchNormParameters {
  std::span<const float> weight;
  std::span<const float> bias;
  std::span<const float> running_mean;
  std::span<const float> running_var;
  double eps = 1e-5;
};

/// y = x * scale + shift per channel, in double precision: a batch normalization in evaluation
/// mode, to be folded into the layer before it. Empty means "no change".
struct ChannelAffine {
  std::vector<double> scale;
  std::vector<double> shift;

  bool empty() const noexcept { return scale.empty(); }
};

/// scale = weight / sqrt(var + eps), shift = bias - mean * scale (Ioffe & Szegedy, 2015).
/// @throws Error `invalid_argument` when the four spans differ in length, `non_finite` when a
///         result is NaN or infinite
inline ChannelAffine to_affine(const BatchNormParameters& parameters) {
  const std::size_t channels = parameters.weight.size();
  for (const auto& part : {parameters.bias, parameters.running_mean, parameters.running_var}) {
    detail::require(part.size() == channels, ErrorCode::invalid_argument,
                    {"batch normalization: expected ", channels, " values, found ", part.size()});
  }
  ChannelAffine affine{std::vector<double>(channels), std::vector<double>(channels)};
  bool finite = true;
  for (std::size_t c = 0; c < channels; ++c) {
    const double variance = parameters.running_var[c], mean = parameters.running_mean[c];
    const double scale = parameters.weight[c] / std::sqrt(variance + parameters.eps);
    affine.scale[c] = scale;
    affine.shift[c] = parameters.bias[c] - mean * scale;
    finite = finite && std::isfinite(scale) && std::isfinite(affine.shift[c]);
  }
  detail::require(finite, ErrorCode::non_finite,
                  "batch normalization: the statistics give NaN or infinity");
  return affine;
}

/// Batch normalization in evaluation mode over the channels of an NHWC tensor, and ReLU if asked:
/// torch.nn.BatchNorm2d, and BatchNorm1d for tensors of shape n x 1 x 1 x c. Const and thread-safe.
///
/// Inside a network it is cheaper to fold `to_affine()` into the layer before it.
class BatchNorm2d {
 public:
  using Input = float;
  using Output = float;

  /// @throws Error as to_affine(), and `invalid_argument` when this host cannot run `isa`
  explicit BatchNorm2d(const BatchNormParameters& parameters, Isa isa = default_isa(),
                       bool relu = false)
      : BatchNorm2d(to_affine(parameters), isa, relu) {}

  explicit BatchNorm2d(const ChannelAffine& affine, Isa isa = default_isa(), bool relu = false)
      : scale_(affine.scale.begin(), affine.scale.end()),
        shift_(affine.shift.begin(), affine.shift.end()),
        relu_(relu),
        kernels_(&kernels::vector_kernels_for(isa)) {}

  int channels() const noexcept { return static_cast<int>(scale_.size()); }

  /// @throws Error `invalid_argument` unless the channels are channels()
  TensorShape output_shape(const TensorShape& input) const {
    detail::require(input.c == channels(), ErrorCode::invalid_argument,
                    {"BatchNorm2d: expected ", channels(), " channels, found ", input.c});
    return input;
  }

  /// One task of the work; each task of the count is to be run once. `output` may be `input`.
  void run(ConstTensorView input, TensorView output, const Task& task) const {
    for_each_pixel(input, output, task, [&](const float* x, float* y) {
      kernels_->affine(x, scale_.data(), shift_.data(), relu_, scale_.size(), y);
    });
  }

  /// @throws Error `invalid_argument` unless both shapes are the same, of channels() channels
  LayerPlan<BatchNorm2d> plan(const TensorLayout& input, const TensorLayout& output) const {
    return {*this, "BatchNorm2d output", input, output};
  }

  /// @param threads  0: all cores. @throws Error as plan()
  void forward(ConstTensorView input, TensorView output, int threads = 0) const {
    run_plan(plan(input.layout, output.layout), input, output, threads);
  }

 private:
  std::vector<float> scale_;
  std::vector<float> shift_;
  bool relu_;
  const kernels::VectorKernels* kernels_;
};

/// The same arithmetic on feature vectors.
using BatchNorm1d = BatchNorm2d;

}  // namespace fliqe::inline FLIQE_ABI::nn
