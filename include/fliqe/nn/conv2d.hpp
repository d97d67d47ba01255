// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <fliqe/nn/float_convolution.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <span>
#include <vector>

namespace fliqe::inline FLIQE_ABI::nn {

struct Conv2dOptions {
  std::optional<ConstTensorView> residual{};  ///< added to the result, before ReLU
  bool relu = false;
  int threads = 0;  ///< 0: all cores
};

/// Two-dimensional convolution with zero padding, as torch.nn.Conv2d without groups and dilation.
/// Weights are packed once; afterwards the object is const and thread-safe.
class Conv2d : public FloatConvolution {
 public:
  using Job = kernels::ConvJob;
  /// Partial sums may wait in the output while other weights are at work.
  static constexpr bool sums_wait = true;

  /// @param weight  out_channels x in_channels x kernel_height x kernel_width, as PyTorch stores it
  /// @param bias    out_channels values, or none
  /// @param after   folded into weights and bias: the batch normalisation that follows
  /// @throws Error `invalid_argument` on sizes that do not fit together, `non_finite` when a weight
  ///         or bias is, or becomes by folding, NaN or infinite
  Conv2d(const Conv2dShape& shape, std::span<const float> weight, std::span<const float> bias = {},
         const ChannelAffine& after = {},
         const kernels::KernelTable& table = kernels::default_table(), int threads = 0)
      : FloatConvolution(shape, shape.weights_per_output(), shape.weights_per_output() <= shallow,
                         weight, bias, after, table, threads,
                         [&](std::size_t block, int lanes, float* packed) {
                           pack(shape, weight, after, block, lanes, packed);
                         }) {}

  /// What a plan needs to know of the weights.
  Job job(bool relu = false) const noexcept {
    Job job;
    job.weights = packed_weights();
    job.bias = packed_bias();
    job.out_channels = shape().out_channels;
    job.relu = relu;
    return job;
  }

  /// Computes `output` from `input`. Where `input` has a halo of at least the padding it is read in
  /// place, else it is copied into one first. The output's halo is left alone.
  void forward(ConstTensorView input, TensorView output, const Conv2dOptions& options = {}) const;

 private:
  /// Wide blocks load less for each multiply-add, but must come out of the second-level cache if
  /// they are deep; measured.
  static constexpr std::size_t shallow = 256;

  /// [out][in][tap] to [tap][in][lane] for the channels of one block. Goes through a few input
  /// channels at a time: first scaled in the order of the source, then written in that of the
  /// target, so that both are read and written in stretches.
  static void pack(const Conv2dShape& shape, std::span<const float> weight,
                   const ChannelAffine& after, std::size_t block, int lanes, float* packed) {
    const int taps = shape.kernel_height * shape.kernel_width;
    const int inputs = shape.in_channels;
    const int chunk = std::max(1, 512 / taps);
    const int first_output = static_cast<int>(block) * lanes;
    const int outputs = std::min(lanes, shape.out_channels - first_output);
    const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(chunk) * taps + 1;  // no power of two
    std::vector<float> scaled(static_cast<std::size_t>(stride * lanes));
    for (int begin = 0; begin < inputs; begin += chunk) {
      const int count = std::min(chunk, inputs - begin);
      for (int lane = 0; lane < outputs; ++lane) {
        const int output = first_output + lane;
        const double scale = after.empty() ? 1.0 : after.scale[output];
        const auto first = (static_cast<std::ptrdiff_t>(output) * inputs + begin) * taps;
        const float* from = weight.data() + first;
        float* to = scaled.data() + lane * stride;
        for (int i = 0; i < count * taps; ++i) to[i] = static_cast<float>(from[i] * scale);
      }
      for (int i = 0; i < count; ++i) {
        for (int tap = 0; tap < taps; ++tap) {
          const float* from = scaled.data() + i * taps + tap;
          float* to = packed + (static_cast<std::ptrdiff_t>(tap) * inputs + begin + i) * lanes;
          for (int lane = 0; lane < lanes; ++lane) to[lane] = from[lane * stride];
        }
      }
    }
  }
};

}  // namespace fliqe::inline FLIQE_ABI::nn

#include <fliqe/nn/conv2d_plan.hpp>
