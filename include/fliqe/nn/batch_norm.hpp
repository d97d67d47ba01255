// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <fliqe/base/tensor.hpp>
#include <fliqe/kernels/kernel_table.hpp>
#include <fliqe/nn/pixelwise.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string>
#include <utility>

namespace fliqe::inline FLIQE_ABI::nn {

/// What a trained batch normalisation holds, one value per channel, named as PyTorch names them.
struct BatchNormParameters {
  std::span<const float> weight;
  std::span<const float> bias;
  std::span<const float> running_mean;
  std::span<const float> running_var;
  double eps = 1e-5;
};

/// y = x * scale + shift per channel, in double precision: what a batch normalisation in evaluation
/// mode amounts to, and what gets folded into the layer before it. Empty means "no change".
struct ChannelAffine {
  Eigen::ArrayXd scale;
  Eigen::ArrayXd shift;

  bool empty() const noexcept { return scale.size() == 0; }
};

/// scale = weight / sqrt(var + eps), shift = bias - mean * scale (Ioffe & Szegedy, 2015).
/// @throws Error `invalid_argument` when the four spans differ in length.
inline ChannelAffine to_affine(const BatchNormParameters& parameters) {
  const std::size_t channels = parameters.weight.size();
  for (const auto& part : {parameters.bias, parameters.running_mean, parameters.running_var}) {
    detail::require(part.size() == channels, ErrorCode::invalid_argument,
                    "batch normalisation: expected " + std::to_string(channels) +
                        " values, found " + std::to_string(part.size()));
  }
  const auto as_double = [](std::span<const float> values) -> Eigen::ArrayXd {
    return Eigen::Map<const Eigen::ArrayXf>(values.data(), static_cast<Eigen::Index>(values.size()))
        .cast<double>();
  };
  ChannelAffine affine;
  affine.scale =
      as_double(parameters.weight) / (as_double(parameters.running_var) + parameters.eps).sqrt();
  affine.shift = as_double(parameters.bias) - as_double(parameters.running_mean) * affine.scale;
  detail::require(affine.scale.allFinite() && affine.shift.allFinite(), ErrorCode::non_finite,
                  "batch normalisation: the statistics give NaN or infinity");
  return affine;
}

/// Batch normalisation in evaluation mode over the channels of an NHWC tensor:
/// torch.nn.BatchNorm2d, and BatchNorm1d for tensors of shape n x 1 x 1 x c. Const and thread-safe.
///
/// Inside a network it is cheaper to fold `to_affine()` into the layer before it.
class BatchNorm2d {
 public:
  explicit BatchNorm2d(const BatchNormParameters& parameters,
                       const kernels::KernelTable& table = kernels::default_table())
      : BatchNorm2d(to_affine(parameters), table) {}

  explicit BatchNorm2d(const ChannelAffine& affine,
                       const kernels::KernelTable& table = kernels::default_table())
      : scale_(affine.scale.cast<float>()), shift_(affine.shift.cast<float>()), table_(&table) {}

  int channels() const noexcept { return static_cast<int>(scale_.size()); }

  /// Normalises one pixel (or one feature vector) of `channels()` floats; `y` may be `x`.
  void pixel(const float* x, float* y, bool relu = false) const {
    table_->affine(x, scale_.data(), shift_.data(), relu, static_cast<std::size_t>(scale_.size()),
                   y);
  }

  /// `output` must have the shape of `input`, whose channels must be `channels()`; it may be
  /// `input`.
  void forward(ConstTensorView input, TensorView output, bool relu = false, int threads = 0) const {
    const TensorShape shape = input.shape();
    detail::require(shape.c == channels(), ErrorCode::invalid_argument,
                    "BatchNorm2d: expected " + std::to_string(channels()) + " channels, found " +
                        std::to_string(shape.c));
    for_each_pixel("BatchNorm2d output", input, output, threads,
                   [&](const float* x, float* y) { pixel(x, y, relu); });
  }

 private:
  Eigen::ArrayXf scale_;
  Eigen::ArrayXf shift_;
  const kernels::KernelTable* table_;
};

/// The same arithmetic on feature vectors.
using BatchNorm1d = BatchNorm2d;

}  // namespace fliqe::inline FLIQE_ABI::nn
