// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <fliqe/kernels/quantized_table.hpp>
#include <fliqe/nn/batch_norm.hpp>
#include <fliqe/nn/conv2d_plan.hpp>
#include <fliqe/nn/quantize.hpp>
#include <optional>
#include <span>
#include <string>

namespace fliqe::nn {

/// Everything that a convolution in bytes is made from.
struct QuantizedConv2dParameters {
  /// out_channels x in_channels x kernel_height x kernel_width, as PyTorch stores it.
  std::span<const std::int8_t> weight;
  std::span<const float> weight_scale;  ///< of each output channel
  ChannelAffine after;                  ///< the batch normalisation that follows, or empty
  Quantization input;                   ///< around 0: the halo's zeros must mean zero
  Quantization output;
  std::optional<Quantization> residual{};  ///< of the tensor that is added
};

/// Two-dimensional convolution of bytes with 32-bit sums, batch normalisation, an added tensor and
/// the way back to bytes in one: unsigned inputs, signed weights with a scale for each output
/// channel (Jacob et al., "Quantization and Training of Neural Networks for Efficient
/// Integer-Arithmetic-Only Inference", 2018). An output with zero point 0 has gone through ReLU,
/// since bytes are not negative. Const and thread-safe.
class QuantizedConv2d : public PackedConvolution<std::int8_t, kernels::QuantizedTable> {
 public:
  using Job = kernels::QuantizedConvJob;
  static constexpr bool sums_wait = false;

  /// Channels come in groups: 4 inputs share a word, and stores are of whole vectors.
  static constexpr int input_multiple = 4, output_multiple = 16;

  /// @throws Error `invalid_argument` on sizes that do not fit together, channels that are no
  ///         multiples of the above, an input that is not around 0, or scales that are not
  ///         positive or so far apart that sums do not fit in 32 bits
  QuantizedConv2d(const Conv2dShape& shape, const QuantizedConv2dParameters& parameters,
                  const kernels::QuantizedTable& table, int threads = 0)
      : PackedConvolution(checked(shape, parameters), shape.weights_per_output(),
                          vectors_of_block(shape, table), table, threads,
                          [&](std::size_t block, int lanes, std::int8_t* packed) {
                            pack(shape, parameters.weight, table, block, lanes, packed);
                            return true;
                          }) {
    pack_scales(parameters);
  }

  /// What a plan needs to know of the weights.
  Job job() const noexcept {
    Job job;
    job.weights = packed_weights();
    job.scale = scale_.data();
    job.offset = offset_.data();
    job.residual_scale = residual_scale_;
    return job;
  }

 private:
  static const Conv2dShape& checked(const Conv2dShape& shape,
                                    const QuantizedConv2dParameters& parameters) {
    const auto require = [](bool condition, const std::string& message) {
      detail::require(condition, ErrorCode::invalid_argument, "QuantizedConv2d: " + message);
    };
    require(shape.in_channels > 0 && shape.in_channels % input_multiple == 0 &&
                shape.out_channels > 0 && shape.out_channels % output_multiple == 0,
            "expected input channels in fours and output channels in sixteens, found " +
                std::to_string(shape.in_channels) + " and " + std::to_string(shape.out_channels));
    require(
        shape.kernel_height > 0 && shape.kernel_width > 0 && shape.stride > 0 && shape.padding >= 0,
        "kernel and stride must be positive");
    const auto outputs = static_cast<std::size_t>(shape.out_channels);
    require(parameters.weight.size() == outputs * shape.weights_per_output() &&
                parameters.weight_scale.size() == outputs,
            "expected " + std::to_string(outputs * shape.weights_per_output()) + " weights and " +
                std::to_string(outputs) + " scales, found " +
                std::to_string(parameters.weight.size()) + " and " +
                std::to_string(parameters.weight_scale.size()));
    require(parameters.input.zero_point == 0, "the input's zero point must be 0");
    const auto is_scale = [](float scale) { return std::isfinite(scale) && scale > 0; };
    require(is_scale(parameters.input.scale) && is_scale(parameters.output.scale) &&
                (!parameters.residual || is_scale(parameters.residual->scale)),
            "scales must be positive numbers");
    return shape;
  }

  /// Wide blocks need fewer loads, but smaller tiles; measured.
  static int vectors_of_block(const Conv2dShape& shape,
                              const kernels::QuantizedTable& table) noexcept {
    constexpr std::size_t shallow = 512;
    if (shape.weights_per_output() <= shallow && is_even_in(4, shape.out_channels, table)) return 4;
    return is_even_in(2, shape.out_channels, table) ? 2 : 1;
  }

  /// [out][in][tap] to [tap][in / 4][lane][4] for the channels of one block.
  static void pack(const Conv2dShape& shape, std::span<const std::int8_t> weight,
                   const kernels::QuantizedTable& table, std::size_t block, int lanes,
                   std::int8_t* packed) {
    const int taps = shape.kernel_height * shape.kernel_width;
    const int inputs = shape.in_channels;
    const int vectors = lanes / table.vector_width;
    for (int lane = 0; lane < lanes; ++lane) {
      const int channel =
          static_cast<int>(block) * lanes +
          kernels::channel_of_lane(vectors, lane / table.vector_width, lane % table.vector_width);
      const std::int8_t* from =
          weight.data() + static_cast<std::ptrdiff_t>(channel) * inputs * taps;
      for (int in = 0; in < inputs; ++in) {
        for (int tap = 0; tap < taps; ++tap) {
          const auto word = static_cast<std::ptrdiff_t>(tap) * (inputs / 4) + in / 4;
          packed[(word * lanes + lane) * 4 + in % 4] = from[in * taps + tap];
        }
      }
    }
  }

  /// Real sum = input scale * weight scale * integer sum, then batch normalisation, then steps of
  /// the output.
  void pack_scales(const QuantizedConv2dParameters& parameters) {
    const auto channels = static_cast<std::size_t>(shape().out_channels);
    scale_ = AlignedBuffer<float>(channels);
    offset_ = AlignedBuffer<float>(channels);
    const double step = parameters.output.scale;
    double residual_zero = 0;
    if (parameters.residual) {
      residual_scale_ = static_cast<float>(parameters.residual->scale / step);
      residual_zero = static_cast<double>(residual_scale_) * parameters.residual->zero_point;
    }
    const int lanes = block_channels(), width = table().vector_width;
    for (int i = 0; i < shape().out_channels; ++i) {
      const int lane = i % lanes;
      const int channel =
          i - lane + kernels::channel_of_lane(block_vectors(), lane / width, lane % width);
      const auto& after = parameters.after;
      const double factor = after.empty() ? 1.0 : after.scale[channel];
      const double shift = after.empty() ? 0.0 : after.shift[channel];
      const auto index = static_cast<std::size_t>(i);
      scale_[index] =
          static_cast<float>(parameters.weight_scale[static_cast<std::size_t>(channel)] * factor *
                             parameters.input.scale / step);
      offset_[index] =
          static_cast<float>(shift / step - residual_zero + parameters.output.zero_point);
      const double largest = std::abs(scale_[index]) * 255.0 * 127.0 *
                                 static_cast<double>(shape().weights_per_output()) +
                             std::abs(offset_[index]) + 255.0 * residual_scale_;
      // NaN fails, too.
      detail::require(largest < 0x1p31, ErrorCode::invalid_argument,
                      "QuantizedConv2d: the scales are so far apart that sums exceed 32 bits");
    }
  }

  AlignedBuffer<float> scale_, offset_;  ///< in the order of lanes
  float residual_scale_ = 0;
};

using QuantizedConv2dPlan = ConvolutionPlan<QuantizedConv2d>;

}  // namespace fliqe::nn
