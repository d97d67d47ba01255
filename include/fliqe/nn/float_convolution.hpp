// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <fliqe/kernels/kernel_table.hpp>
#include <fliqe/nn/batch_norm.hpp>
#include <fliqe/nn/packed_convolution.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string>

namespace fliqe::inline FLIQE_ABI::nn {

/// @throws Error `invalid_argument` on sizes that do not fit together
inline const Conv2dShape& checked(const Conv2dShape& shape, std::span<const float> weight,
                                  std::span<const float> bias, const ChannelAffine& after) {
  const auto require_count = [](const char* what, std::size_t found, std::size_t expected) {
    detail::require(found == expected, ErrorCode::invalid_argument,
                    "Conv2d " + std::string(what) + ": expected " + std::to_string(expected) +
                        " values, found " + std::to_string(found));
  };
  check_geometry(shape);
  const auto channels = static_cast<std::size_t>(shape.out_channels);
  require_count("weight", weight.size(), channels * shape.weights_per_output());
  if (!bias.empty()) require_count("bias", bias.size(), channels);
  if (!after.empty()) {
    require_count("folded scale", static_cast<std::size_t>(after.scale.size()), channels);
  }
  return shape;
}

/// Looks at the bits, so that it holds under -ffast-math too: an exponent of all ones carries over
/// into the sign.
inline bool all_finite(std::span<const float> values) noexcept {
  std::uint32_t carried = 0;
  for (const float value : values) {
    carried |= (std::bit_cast<std::uint32_t>(value) & 0x7fffffffu) + 0x00800000u;
  }
  return carried < 0x80000000u;
}

/// The bias with the batch normalisation `after` folded in, filled up with zeros to `size`.
inline AlignedBuffer<float> folded_bias(const Conv2dShape& shape, std::size_t size,
                                        std::span<const float> bias, const ChannelAffine& after) {
  AlignedBuffer<float> folded = AlignedBuffer<float>::zeroed(size);
  for (int channel = 0; channel < shape.out_channels; ++channel) {
    const auto index = static_cast<std::size_t>(channel);
    double value = bias.empty() ? 0.0 : bias[index];
    if (!after.empty()) value = value * after.scale[channel] + after.shift[channel];
    folded[index] = static_cast<float>(value);
  }
  return folded;
}

/// A convolution in floats: weights and bias have the batch normalisation that follows folded in.
class FloatConvolution : public PackedConvolution<float, kernels::KernelTable> {
 public:
  const float* packed_bias() const noexcept { return bias_.data(); }

 protected:
  /// Calls `pack(block, lanes, packed)` for each block. `wide` asks for the widest blocks, if there
  /// are kernels for them and the channels come out even.
  /// @throws Error `invalid_argument` on sizes that do not fit together, `non_finite` when a weight
  ///         or bias is, or becomes by folding, NaN or infinite
  template <class Pack>
  FloatConvolution(const Conv2dShape& shape, std::size_t weights_per_output, bool wide,
                   std::span<const float> weight, std::span<const float> bias,
                   const ChannelAffine& after, const kernels::KernelTable& table, int threads,
                   const Pack& pack)
      : PackedConvolution(checked(shape, weight, bias, after), weights_per_output,
                          vectors_of_block(shape, wide, table), table, threads,
                          [&](std::size_t block, int lanes, float* packed) {
                            pack(block, lanes, packed);
                            const auto count = static_cast<std::size_t>(lanes) * weights_per_output;
                            return all_finite({packed, count});
                          }) {
    const auto lanes = static_cast<std::size_t>(block_channels());
    bias_ = folded_bias(shape, blocks() * lanes, bias, after);
    detail::require(all_finite(bias_), ErrorCode::non_finite, "a bias is NaN or infinite");
  }

 private:
  static int vectors_of_block(const Conv2dShape& shape, bool wide,
                              const kernels::KernelTable& table) noexcept {
    constexpr int widest = kernels::max_block_vectors;
    if (wide && is_even_in(widest, shape.out_channels, table)) return widest;
    return shape.out_channels <= table.vector_width ? 1 : 2;
  }

  AlignedBuffer<float> bias_;
};

}  // namespace fliqe::inline FLIQE_ABI::nn
