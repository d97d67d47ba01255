// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/nn/conv2d.hpp>
#include <fliqe/version.hpp>
#include <span>

namespace fliqe::inline FLIQE_ABI::nn {

/// Fully connected layer, as torch.nn.Linear: a 1x1 convolution of n x 1 x 1 x features tensors, so
/// that it shares the packed kernels, the threads and the guarantee that a row's bits do not depend
/// on its neighbours. Const and thread-safe.
class Linear {
 public:
  /// @param weight  out_features x in_features, as PyTorch stores it
  /// @param bias    out_features values, or none
  /// @param after   the batch normalisation that follows, folded in
  /// @throws Error as Conv2d does
  Linear(int in_features, int out_features, std::span<const float> weight,
         std::span<const float> bias = {}, const ChannelAffine& after = {},
         const kernels::KernelTable& table = kernels::default_table(), int threads = 0)
      : convolution_({.in_channels = in_features, .out_channels = out_features}, weight, bias,
                     after, table, threads) {}

  int in_features() const noexcept { return convolution_.shape().in_channels; }
  int out_features() const noexcept { return convolution_.shape().out_channels; }
  const Conv2d& convolution() const noexcept { return convolution_; }

  /// n x 1 x 1 x in_features to n x 1 x 1 x out_features.
  void forward(ConstTensorView input, TensorView output, bool relu = false, int threads = 0) const {
    convolution_.forward(input, output, {.residual = {}, .relu = relu, .threads = threads});
  }

 private:
  Conv2d convolution_;
};

}  // namespace fliqe::inline FLIQE_ABI::nn
