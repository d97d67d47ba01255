// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <fliqe/nn/packed_convolution.hpp>
#include <optional>
#include <span>

namespace fliqe::nn {

struct Conv2dOptions {
  std::optional<ConstTensorView> residual;  ///< added to the result, before ReLU
  bool relu = false;
  int threads = 0;  ///< 0: all cores
};

/// Two-dimensional convolution with zero padding, as torch.nn.Conv2d without groups and dilation.
/// Weights are packed once; afterwards the object is const and thread-safe.
class Conv2d : public PackedConvolution {
 public:
  /// @param weight  out_channels x in_channels x kernel_height x kernel_width, as PyTorch stores it
  /// @param bias    out_channels values, or none
  /// @param after   folded into weights and bias: the batch normalisation that follows
  /// @throws Error `invalid_argument` on sizes that do not fit together, `non_finite` when a weight
  ///         or bias is, or becomes by folding, NaN or infinite
  Conv2d(const Conv2dShape& shape, std::span<const float> weight, std::span<const float> bias = {},
         const ChannelAffine& after = {},
         const kernels::KernelTable& table = kernels::default_table(), int threads = 0)
      : PackedConvolution(shape, shape.weights_per_output(), shape.weights_per_output() <= shallow,
                          weight, bias, after, table, threads,
                          [&](std::size_t block, int lanes, float* packed) {
                            pack(shape, weight, after, block, lanes, packed);
                          }) {}

  /// Computes `output` from `input`. Where `input` has a halo of at least the padding it is read in
  /// place, else it is copied into one first. The output's halo is left alone.
  void forward(ConstTensorView input, TensorView output, const Conv2dOptions& options = {}) const;

 private:
  /// Wide blocks load less for each multiply-add, but must come out of the second-level cache if
  /// they are deep; measured.
  static constexpr std::size_t shallow = 256;

  /// [out][in][tap] to [tap][in][lane] for the channels of one block. Goes through a few input
  /// channels at a time, so that both sides stay in the first-level cache.
  static void pack(const Conv2dShape& shape, std::span<const float> weight,
                   const ChannelAffine& after, std::size_t block, int lanes, float* packed) {
    const int taps = shape.kernel_height * shape.kernel_width;
    const int inputs = shape.in_channels;
    const int chunk = std::max(1, 64 / taps);
    const int first_output = static_cast<int>(block) * lanes;
    for (int begin = 0; begin < inputs; begin += chunk) {
      const int end = std::min(inputs, begin + chunk);
      for (int lane = 0; lane < lanes; ++lane) {
        const int output = first_output + lane;
        const bool exists = output < shape.out_channels;
        const double scale = exists && !after.empty() ? after.scale[output] : 1.0;
        const float* from = weight.data() + static_cast<std::ptrdiff_t>(output) * inputs * taps;
        for (int in = begin; in < end; ++in) {
          for (int tap = 0; tap < taps; ++tap) {
            const auto to = (static_cast<std::ptrdiff_t>(tap) * inputs + in) * lanes + lane;
            packed[to] = exists ? static_cast<float>(from[in * taps + tap] * scale) : 0.0f;
          }
        }
      }
    }
  }
};

}  // namespace fliqe::nn

#include <fliqe/nn/conv2d_plan.hpp>
