// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <fliqe/nn/batch_norm.hpp>
#include <fliqe/nn/conv2d_shape.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <span>
#include <string>

namespace fliqe::inline FLIQE_ABI::nn {

/// What the bytes of a tensor stand for: value = scale * (byte - zero_point).
struct Quantization {
  float scale = 1;
  int zero_point = 0;
};

/// Everything that a convolution in int8 is made from.
struct QuantizedConv2dParameters {
  /// out_channels x in_channels x kernel_height x kernel_width, as PyTorch stores it.
  std::span<const std::int8_t> weight;
  std::span<const float> weight_scale;  ///< of each output channel
  ChannelAffine after;                  ///< the batch normalization that follows, or empty
  Quantization input;                   ///< zero point 0: the halo's zeros must mean zero
  Quantization output;
  std::optional<Quantization> residual{};  ///< of the tensor that is added
};

/// The constants that turn the integer sums of such a convolution into bytes of its output.
class Requantization {
 public:
  /// @throws Error `invalid_argument` on sizes that do not fit together, an input whose zero point
  ///         is not 0, or scales that are not positive or so far apart that sums exceed 32 bits
  Requantization(const Conv2dShape& shape, const QuantizedConv2dParameters& parameters)
      : shape_(shape), parameters_(parameters) {
    check();
    if (parameters.residual) {
      residual_scale_ = static_cast<float>(parameters.residual->scale /
                                           static_cast<double>(parameters.output.scale));
    }
  }

  float residual_scale() const noexcept { return residual_scale_; }

  /// Real sum = input scale * weight scale * integer sum, then batch normalization, then steps of
  /// the output.
  /// @throws Error `invalid_argument` when sums exceed 32 bits
  void constants(int channel, float& scale, float& bias) const {
    const auto c = static_cast<std::size_t>(channel);
    const ChannelAffine& after = parameters_.after;
    const double step = parameters_.output.scale;
    const double factor = after.empty() ? 1.0 : after.scale[c];
    const double shift = after.empty() ? 0.0 : after.shift[c];
    const double residual_zero = parameters_.residual ? static_cast<double>(residual_scale_) *
                                                            parameters_.residual->zero_point
                                                      : 0.0;
    scale =
        static_cast<float>(parameters_.weight_scale[c] * factor * parameters_.input.scale / step);
    bias = static_cast<float>(shift / step - residual_zero + parameters_.output.zero_point);
    const double largest =
        std::abs(scale) * 255.0 * 127.0 * static_cast<double>(shape_.weights_per_output()) +
        std::abs(bias) + 255.0 * residual_scale_;
    // NaN fails, too.
    require(largest < 0x1p31, "the scales are so far apart that sums exceed 32 bits");
  }

 private:
  static void require(bool condition, const Message& message) {
    detail::require(condition, ErrorCode::invalid_argument, {"QuantizedConv2d: ", message});
  }

  void check() const {
    check_geometry(shape_);
    const auto outputs = static_cast<std::size_t>(shape_.out_channels);
    const std::size_t weights = outputs * shape_.weights_per_output();
    const std::size_t found = parameters_.weight.size(), scales = parameters_.weight_scale.size();
    require(found == weights && scales == outputs, {"expected ", weights, " weights and ", outputs,
                                                    " scales, found ", found, " and ", scales});
    require(parameters_.after.empty() || parameters_.after.scale.size() == outputs,
            "the batch normalization has another number of channels");
    require(parameters_.input.zero_point == 0, "the input's zero point must be 0");
    const auto is_scale = [](float scale) { return std::isfinite(scale) && scale > 0; };
    require(is_scale(parameters_.input.scale) && is_scale(parameters_.output.scale) &&
                (!parameters_.residual || is_scale(parameters_.residual->scale)),
            "scales must be positive numbers");
  }

  const Conv2dShape& shape_;
  const QuantizedConv2dParameters& parameters_;
  float residual_scale_ = 0;
};

}  // namespace fliqe::inline FLIQE_ABI::nn
