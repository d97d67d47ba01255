// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/nn/conv2d.hpp>
#include <fliqe/version.hpp>
#include <span>

namespace fliqe::inline FLIQE_ABI::nn {

/// Fully connected layer, as torch.nn.Linear: the 1x1 convolution of tensors of shape
/// n x 1 x 1 x in_features to n x 1 x 1 x out_features. A row's bits do not depend on its
/// neighbours. Const and thread-safe.
/// @tparam Arithmetic  F32, Bf16 or Int8
template <class Arithmetic>
class BasicLinear : public BasicConv2d<Arithmetic> {
 public:
  using Base = BasicConv2d<Arithmetic>;

  /// @param weight  out_features x in_features, as PyTorch stores it
  /// @param bias    out_features values, or none
  /// @param after   the batch normalization that follows, folded in
  /// @throws Error as Conv2d does
  BasicLinear(int in_features, int out_features, std::span<const float> weight,
              std::span<const float> bias = {}, const ChannelAffine& after = {},
              const Kernels<Arithmetic>& kernels = {}, int threads = 0)
      : Base({.in_channels = in_features, .out_channels = out_features}, weight, bias, after,
             kernels, threads) {}

  /// In int8. @throws Error as QuantizedConv2d does
  BasicLinear(int in_features, int out_features, const QuantizedConv2dParameters& parameters,
              const Kernels<Arithmetic>& kernels = {}, int threads = 0)
      : Base({.in_channels = in_features, .out_channels = out_features}, parameters, kernels,
             threads) {}

  int in_features() const noexcept { return this->shape().in_channels; }
  int out_features() const noexcept { return this->shape().out_channels; }
};

using Linear = BasicLinear<F32>;
using Bf16Linear = BasicLinear<Bf16>;
using QuantizedLinear = BasicLinear<Int8>;

}  // namespace fliqe::inline FLIQE_ABI::nn
