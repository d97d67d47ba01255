// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <fliqe/nn/batch_norm.hpp>
#include <fliqe/nn/conv2d_plan.hpp>
#include <fliqe/nn/narrow.hpp>
#include <fliqe/nn/narrow_convolution.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <span>
#include <string>

namespace fliqe::inline FLIQE_ABI::nn {

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
class QuantizedConv2d : public NarrowConvolution<std::int8_t, kernels::QuantizedTable> {
 public:
  /// @throws Error `invalid_argument` on sizes that do not fit together, channels that are no
  ///         multiples of 4 (in) and 16 (out), an input that is not around 0, or scales that are
  ///         not positive or so far apart that sums do not fit in 32 bits
  QuantizedConv2d(const Conv2dShape& shape, const QuantizedConv2dParameters& parameters,
                  const kernels::QuantizedTable& table, int threads = 0)
      : NarrowConvolution(
            checked(shape, parameters), parameters.weight, table, threads,
            [](std::int8_t from, std::int8_t& to) {
              to = from;
              return true;
            },
            kernels::channel_of_lane) {
    pack_scales(parameters);
  }

  /// What a plan needs to know of the weights.
  Job job() const noexcept {
    Job job = packed_job();
    job.residual_scale = residual_scale_;
    return job;
  }

 private:
  static const Conv2dShape& checked(const Conv2dShape& shape,
                                    const QuantizedConv2dParameters& parameters) {
    const auto require = [](bool condition, const std::string& message) {
      detail::require(condition, ErrorCode::invalid_argument, "QuantizedConv2d: " + message);
    };
    check_geometry(shape);
    check_channels("QuantizedConv2d", shape);
    const auto outputs = static_cast<std::size_t>(shape.out_channels);
    require(parameters.weight.size() == outputs * shape.weights_per_output() &&
                parameters.weight_scale.size() == outputs,
            "expected " + std::to_string(outputs * shape.weights_per_output()) + " weights and " +
                std::to_string(outputs) + " scales, found " +
                std::to_string(parameters.weight.size()) + " and " +
                std::to_string(parameters.weight_scale.size()));
    require(parameters.after.empty() ||
                static_cast<std::size_t>(parameters.after.scale.size()) == outputs,
            "the batch normalisation has another number of channels");
    require(parameters.input.zero_point == 0, "the input's zero point must be 0");
    const auto is_scale = [](float scale) { return std::isfinite(scale) && scale > 0; };
    require(is_scale(parameters.input.scale) && is_scale(parameters.output.scale) &&
                (!parameters.residual || is_scale(parameters.residual->scale)),
            "scales must be positive numbers");
    return shape;
  }

  /// Real sum = input scale * weight scale * integer sum, then batch normalisation, then steps of
  /// the output.
  void pack_scales(const QuantizedConv2dParameters& parameters) {
    const double step = parameters.output.scale;
    double residual_zero = 0;
    if (parameters.residual) {
      residual_scale_ = static_cast<float>(parameters.residual->scale / step);
      residual_zero = static_cast<double>(residual_scale_) * parameters.residual->zero_point;
    }
    const ChannelAffine& after = parameters.after;
    set_scales(kernels::channel_of_lane, [&](int channel, float& scale, float& offset) {
      const double factor = after.empty() ? 1.0 : after.scale[channel];
      const double shift = after.empty() ? 0.0 : after.shift[channel];
      scale = static_cast<float>(parameters.weight_scale[static_cast<std::size_t>(channel)] *
                                 factor * parameters.input.scale / step);
      offset = static_cast<float>(shift / step - residual_zero + parameters.output.zero_point);
      const double largest =
          std::abs(scale) * 255.0 * 127.0 * static_cast<double>(shape().weights_per_output()) +
          std::abs(offset) + 255.0 * residual_scale_;
      // NaN fails, too.
      detail::require(largest < 0x1p31, ErrorCode::invalid_argument,
                      "QuantizedConv2d: the scales are so far apart that sums exceed 32 bits");
    });
  }

  float residual_scale_ = 0;
};

}  // namespace fliqe::inline FLIQE_ABI::nn
