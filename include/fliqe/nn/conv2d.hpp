// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <fliqe/nn/conv2d_plan.hpp>
#include <fliqe/nn/quantization.hpp>
#include <fliqe/version.hpp>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI::nn {

template <class Element>
struct BasicConv2dOptions {
  std::optional<BasicTensorView<const Element>> residual{};  ///< added before ReLU
  bool relu = false;  ///< ignored in int8, where an output with zero point 0 has gone through ReLU
  int threads = 0;    ///< 0: all cores
};

using Conv2dOptions = BasicConv2dOptions<float>;

/// A copy of `input` with a halo of `halo` zero pixels.
template <class T>
BasicTensor<std::remove_const_t<T>> with_halo(BasicTensorView<T> input, int halo) {
  BasicTensor<std::remove_const_t<T>> copy(input.shape(), halo);
  const TensorShape& shape = input.shape();
  for (int n = 0; n < shape.n; ++n) {
    for (int y = 0; y < shape.h; ++y) {
      for (int x = 0; x < shape.w; ++x) {
        std::copy_n(input.pixel(n, y, x), shape.c, copy.view().pixel(n, y, x));
      }
    }
  }
  return copy;
}

/// Runs `layer` once: plans it for these tensors, with a copy of the input where its halo is too
/// small. The forward() of every convolution.
template <class Layer>
void forward_convolution(const Layer& layer, BasicTensorView<const typename Layer::Element> input,
                         BasicTensorView<typename Layer::Element> output,
                         const typename Layer::Options& options) {
  BasicTensor<typename Layer::Element> padded;
  if (input.layout.halo < layer.shape().padding) {
    padded = with_halo(input, layer.shape().padding);
    input = padded.view();
  }
  const auto& residual = options.residual;
  run_plan(layer.plan(input.layout, output.layout,
                      {.residual = residual ? &residual->layout : nullptr, .relu = options.relu}),
           input, output, options.threads, residual ? residual->data : nullptr);
}

/// @throws Error `invalid_argument` on sizes that do not fit together
inline void check_weights(const Conv2dShape& shape, std::span<const float> weight,
                          std::span<const float> bias, const ChannelAffine& after) {
  const auto require_count = [](const char* what, std::size_t found, std::size_t expected) {
    detail::require(found == expected, ErrorCode::invalid_argument,
                    {"Conv2d ", what, ": expected ", expected, " values, found ", found});
  };
  check_geometry(shape);
  const auto channels = static_cast<std::size_t>(shape.out_channels);
  require_count("weight", weight.size(), channels * shape.weights_per_output());
  if (!bias.empty()) require_count("bias", bias.size(), channels);
  if (!after.empty()) require_count("folded scale", after.scale.size(), channels);
}

/// Two-dimensional convolution with zero padding, as torch.nn.Conv2d without groups and dilation:
/// n x h x w x in_channels to n x h' x w' x out_channels, plus an optional tensor, then ReLU if
/// asked. Weights are packed once; afterwards the object is const and thread-safe.
///
/// - Conv2d computes in floats; batch normalization is folded into weights and bias.
/// - Bf16Conv2d computes in bfloat16 with sums in floats. Batch normalization, added tensor and
/// ReLU
///   are applied to the sums before they are rounded.
/// - QuantizedConv2d multiplies unsigned bytes by signed weights that have a scale for each output
///   channel (Jacob et al., "Quantization and Training of Neural Networks for Efficient
///   Integer-Arithmetic-Only Inference", 2018). An output with zero point 0 has gone through ReLU,
///   since bytes are not negative.
///
/// Channels must be multiples of 2 (in) and 16 (out) in bfloat16, of 4 and 16 in bytes.
/// @tparam Arithmetic  F32, Bf16 or Int8
template <class Arithmetic>
class BasicConv2d : public PackedConvolution<Arithmetic> {
 public:
  using Base = PackedConvolution<Arithmetic>;
  using Element = typename Arithmetic::Element;
  using Weight = typename Arithmetic::Weight;
  using Plan = BasicConv2dPlan<Arithmetic>;
  using Options = BasicConv2dOptions<Element>;

  /// In floats or bfloat16.
  /// @param weight   out_channels x in_channels x kernel_height x kernel_width, as PyTorch stores
  /// it
  /// @param bias     out_channels values, or none
  /// @param after    the batch normalization that follows, or empty
  /// @param threads  used for packing; 0: all cores
  /// @throws Error `invalid_argument` on sizes that do not fit together or channels that are no
  ///         multiples as above, `non_finite` when a weight or bias is, or becomes by folding or
  ///         rounding, NaN or infinite
  BasicConv2d(const Conv2dShape& shape, std::span<const float> weight,
              std::span<const float> bias = {}, const ChannelAffine& after = {},
              const Kernels<Arithmetic>& kernels = {},
              int threads = 0) requires(!std::same_as<Arithmetic, kernels::Int8>)
      : Base(checked(shape, weight, bias, after), shape.weights_per_output(), small_k(shape),
             kernels, threads, [&](const Base& layer, std::size_t block, Weight* packed) {
               pack(layer, weight.data(), block, packed, [&](float value, std::size_t channel) {
                 return to_weight(value, channel, after);
               });
             }) {
    this->set_folded_constants(bias, after);
  }

  /// In bytes.
  /// @throws Error `invalid_argument` on sizes that do not fit together, channels that are no
  ///         multiples as above, an input whose zero point is not 0, or scales that are not
  ///         positive or so far apart that sums do not fit in 32 bits
  BasicConv2d(const Conv2dShape& shape, const QuantizedConv2dParameters& parameters,
              const Kernels<Arithmetic>& kernels = {},
              int threads = 0) requires(std::same_as<Arithmetic, kernels::Int8>)
      : BasicConv2d(shape, parameters, Requantization(checked(shape), parameters), kernels,
                    threads) {}

  /// Makes the layer ready for tensors of these layouts.
  /// @throws Error `invalid_argument` when shapes differ or the input's halo is below the padding
  Plan plan(const TensorLayout& input, const TensorLayout& output,
            const ConvolutionPlanOptions& options = {}) const {
    return {*this, input, output, options};
  }

  /// Computes `output` from `input`. Where `input` has a halo of at least the padding it is read in
  /// place, else it is copied into one first. The output's halo is left alone.
  /// @throws Error `invalid_argument` when shapes differ
  void forward(BasicTensorView<const Element> input, BasicTensorView<Element> output,
               const Options& options = {}) const {
    forward_convolution(*this, input, output, options);
  }

  /// What the kernels need to know of the weights.
  kernels::ConvolutionArguments<Arithmetic> arguments() const noexcept {
    kernels::ConvolutionArguments<Arithmetic> arguments;
    arguments.weights = this->packed_weights();
    arguments.scale = this->packed_scale();
    arguments.bias = this->packed_bias();
    arguments.weight_sum = this->packed_weight_sum();
    arguments.residual_scale = residual_scale_;
    arguments.out_channels = this->shape().out_channels;
    return arguments;
  }

 private:
  BasicConv2d(const Conv2dShape& shape, const QuantizedConv2dParameters& parameters,
              const Requantization& requantization, const Kernels<Arithmetic>& kernels, int threads)
      : Base(shape, shape.weights_per_output(), small_k(shape), kernels, threads,
             [&](const Base& layer, std::size_t block, Weight* packed) {
               pack(layer, parameters.weight.data(), block, packed,
                    [](std::int8_t value, std::size_t) { return value; });
             }),
        residual_scale_(requantization.residual_scale()) {
    this->set_constants([&](int channel, float& scale, float& bias) {
      requantization.constants(channel, scale, bias);
    });
    if (!this->table().signed_inputs) return;
    this->set_weight_sums([&](int channel) {
      const std::size_t count = shape.weights_per_output();
      const auto weights =
          parameters.weight.subspan(static_cast<std::size_t>(channel) * count, count);
      return std::accumulate(weights.begin(), weights.end(), std::int32_t{0});
    });
  }

  static const Conv2dShape& checked(const Conv2dShape& shape) {
    check_geometry(shape);
    constexpr int inputs = Arithmetic::word, outputs = Arithmetic::output_multiple;
    detail::require(
        shape.in_channels % inputs == 0 && shape.out_channels % outputs == 0,
        ErrorCode::invalid_argument,
        {"Conv2d: expected input channels in multiples of ", inputs, " and output channels of ",
         outputs, ", found ", shape.in_channels, " and ", shape.out_channels});
    return shape;
  }

  static const Conv2dShape& checked(const Conv2dShape& shape, std::span<const float> weight,
                                    std::span<const float> bias, const ChannelAffine& after) {
    check_weights(checked(shape), weight, bias, after);
    return shape;
  }

  /// Wide blocks need fewer loads for each multiply-add, but have to come from the second-level
  /// cache if they are deep.
  static bool small_k(const Conv2dShape& shape) noexcept {
    return shape.weights_per_output() * sizeof(Weight) <= Arithmetic::small_k_bytes;
  }

  static Weight to_weight(float value, std::size_t channel, const ChannelAffine& after) {
    if constexpr (std::same_as<Arithmetic, kernels::F32>) {
      return static_cast<float>(value * (after.empty() ? 1.0 : after.scale[channel]));
    } else {
      return to_bfloat16(value);
    }
  }

  /// [out][in][tap] to [tap][word][lane][element of the word] for the channels of one block. Works
  /// on a few input channels at a time, first converted in the order of the source, then written in
  /// that of the target, so that both are accessed sequentially.
  template <class From, class ToWeight>
  static void pack(const Base& layer, const From* weight, std::size_t block, Weight* packed,
                   const ToWeight& to_weight) {
    const int word = layer.table().weight_word;
    const Conv2dShape& shape = layer.shape();
    const int taps = shape.kernel_height * shape.kernel_width, inputs = shape.in_channels;
    const int lanes = layer.block_channels();
    const int chunk = std::max(1, 512 / (taps * word)) * word;
    const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(chunk) * taps + 1;  // no power of two
    std::vector<Weight> converted(static_cast<std::size_t>(stride * lanes));
    for (int begin = 0; begin < inputs; begin += chunk) {
      const int count = std::min(chunk, inputs - begin);
      for (int lane = 0; lane < lanes; ++lane) {
        const int channel = layer.channel_of(block, lane);
        if (channel >= shape.out_channels) continue;  // stays 0
        const From* from = weight + (static_cast<std::ptrdiff_t>(channel) * inputs + begin) * taps;
        Weight* to = converted.data() + lane * stride;
        for (int i = 0; i < count * taps; ++i) {
          to[i] = to_weight(from[i], static_cast<std::size_t>(channel));
        }
      }
      for (int i = 0; i < count; ++i) {
        for (int tap = 0; tap < taps; ++tap) {
          const auto index = static_cast<std::ptrdiff_t>(tap) * inputs + (begin + i) / word * word;
          const Weight* from = converted.data() + i * taps + tap;
          Weight* to = packed + index * lanes + (begin + i) % word;
          for (int lane = 0; lane < lanes; ++lane) to[lane * word] = from[lane * stride];
        }
      }
    }
  }

  float residual_scale_ = 0;  ///< in bytes only
};

using Conv2d = BasicConv2d<F32>;
using Bf16Conv2d = BasicConv2d<Bf16>;
using QuantizedConv2d = BasicConv2d<Int8>;

}  // namespace fliqe::inline FLIQE_ABI::nn
