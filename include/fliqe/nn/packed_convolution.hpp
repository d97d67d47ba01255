// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <fliqe/base/aligned_buffer.hpp>
#include <fliqe/base/parallel.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/kernels/kernel_table.hpp>
#include <fliqe/nn/batch_norm.hpp>
#include <span>
#include <string>

namespace fliqe::nn {

struct Conv2dShape {
  int in_channels = 1;
  int out_channels = 1;
  int kernel_height = 1;
  int kernel_width = 1;
  int stride = 1;
  int padding = 0;

  std::size_t weights_per_output() const noexcept {
    return static_cast<std::size_t>(in_channels) * static_cast<std::size_t>(kernel_height) *
           static_cast<std::size_t>(kernel_width);
  }
};

/// @throws Error `invalid_argument` when the channels differ or the kernel exceeds the padded input
inline TensorShape convolved_shape(const Conv2dShape& shape, const TensorShape& input) {
  detail::require(input.c == shape.in_channels, ErrorCode::invalid_argument,
                  "Conv2d: expected " + std::to_string(shape.in_channels) +
                      " input channels, found " + std::to_string(input.c));
  const int height = input.h + 2 * shape.padding - shape.kernel_height;
  const int width = input.w + 2 * shape.padding - shape.kernel_width;
  detail::require(height >= 0 && width >= 0, ErrorCode::invalid_argument,
                  "Conv2d: the kernel is larger than the padded input " + to_string(input));
  return {input.n, height / shape.stride + 1, width / shape.stride + 1, shape.out_channels};
}

/// @throws Error `invalid_argument` on sizes that do not fit together
inline void check_conv2d(const Conv2dShape& shape, std::span<const float> weight,
                         std::span<const float> bias, const ChannelAffine& after) {
  const auto require_count = [](const char* what, std::size_t found, std::size_t expected) {
    detail::require(found == expected, ErrorCode::invalid_argument,
                    "Conv2d " + std::string(what) + ": expected " + std::to_string(expected) +
                        " values, found " + std::to_string(found));
  };
  detail::require(shape.in_channels > 0 && shape.out_channels > 0 && shape.kernel_height > 0 &&
                      shape.kernel_width > 0 && shape.stride > 0 && shape.padding >= 0,
                  ErrorCode::invalid_argument,
                  "Conv2d: channels, kernel and stride must be positive");
  const auto channels = static_cast<std::size_t>(shape.out_channels);
  require_count("weight", weight.size(), channels * shape.weights_per_output());
  if (!bias.empty()) require_count("bias", bias.size(), channels);
  if (!after.empty()) {
    require_count("folded scale", static_cast<std::size_t>(after.scale.size()), channels);
  }
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

/// What all convolutions are made of: weights in blocks of as many output channels as one kernel
/// call computes, and the bias, both with the batch normalisation that follows folded in.
class PackedConvolution {
 public:
  const Conv2dShape& shape() const noexcept { return shape_; }
  const kernels::KernelTable& table() const noexcept { return *table_; }

  /// Output channels that one kernel call computes, and how many such blocks there are.
  int block_channels() const noexcept { return block_vectors_ * table_->vector_width; }
  int block_vectors() const noexcept { return block_vectors_; }
  std::size_t blocks() const noexcept { return blocks_; }
  /// Floats of packed weights in one block.
  std::size_t block_size() const noexcept { return block_size_; }

  /// Pixels in a tile of the kernels for these blocks, and the one that takes runs of `pixels`.
  int tile_pixels() const noexcept { return table_->tile_pixels[kernel_row()]; }
  kernels::ConvKernel kernel(int pixels) const noexcept {
    return table_->convolution[kernel_row()][static_cast<std::size_t>(pixels - 1)];
  }

  const float* packed_weights() const noexcept { return weights_.data(); }
  const float* packed_bias() const noexcept { return bias_.data(); }

  /// @throws Error `invalid_argument` when the channels differ or the kernel exceeds the padded
  /// input
  TensorShape output_shape(const TensorShape& input) const {
    return convolved_shape(shape_, input);
  }

 protected:
  /// Calls `pack(block, lanes, packed)` for each block, on `threads` threads; it fills
  /// `block_size()` floats, `weights_per_output` for each lane. `wide` asks for the widest blocks,
  /// if there are kernels for them and the channels come out even.
  /// @throws Error `invalid_argument` on sizes that do not fit together, `non_finite` when a weight
  ///         or bias is, or becomes by folding, NaN or infinite
  template <class Pack>
  PackedConvolution(const Conv2dShape& shape, std::size_t weights_per_output, bool wide,
                    std::span<const float> weight, std::span<const float> bias,
                    const ChannelAffine& after, const kernels::KernelTable& table, int threads,
                    const Pack& pack)
      : shape_(shape), table_(&table) {
    check_conv2d(shape, weight, bias, after);
    if (wide && is_even_in(kernels::max_block_vectors)) {
      block_vectors_ = kernels::max_block_vectors;
    } else {
      block_vectors_ = shape.out_channels <= table.vector_width ? 1 : 2;
    }
    const auto lanes = static_cast<std::size_t>(block_channels());
    blocks_ = (static_cast<std::size_t>(shape.out_channels) + lanes - 1) / lanes;
    block_size_ = lanes * weights_per_output;
    weights_ = AlignedBuffer<float>(blocks_ * block_size_);
    bias_ = folded_bias(shape, blocks_ * lanes, bias, after);
    std::atomic<bool> finite{true};
    parallel(resolve_thread_count(threads), [&](const Team& team) {
      const Range mine = team.share(blocks_);
      for (std::size_t block = mine.begin; block < mine.end; ++block) {
        float* packed = weights_.data() + block * block_size_;
        pack(block, static_cast<int>(lanes), packed);
        if (!all_finite({packed, block_size_})) finite = false;
      }
    });
    detail::require(finite && all_finite(bias_), ErrorCode::non_finite,
                    "a weight or bias is NaN or infinite");
  }

 private:
  std::size_t kernel_row() const noexcept { return static_cast<std::size_t>(block_vectors_ - 1); }

  /// Whether there are kernels of so many vectors and the channels fill whole blocks of them.
  bool is_even_in(int vectors) const noexcept {
    return table_->tile_pixels[static_cast<std::size_t>(vectors - 1)] > 0 &&
           shape_.out_channels % (vectors * table_->vector_width) == 0;
  }

  Conv2dShape shape_;
  const kernels::KernelTable* table_;
  int block_vectors_ = 1;
  std::size_t blocks_ = 0;
  std::size_t block_size_ = 0;
  AlignedBuffer<float> weights_;
  AlignedBuffer<float> bias_;
};

}  // namespace fliqe::nn
