// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <concepts>
#include <cstdint>
#include <fliqe/base/aligned_buffer.hpp>
#include <fliqe/base/parallel.hpp>
#include <fliqe/nn/batch_norm.hpp>
#include <fliqe/nn/conv2d_shape.hpp>
#include <fliqe/nn/kernel_choice.hpp>
#include <fliqe/nn/run_lengths.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string>

namespace fliqe::inline FLIQE_ABI::nn {

/// Looks at the bits, so that it holds under -ffast-math too: an exponent of all ones carries over
/// into the sign.
inline bool all_finite(std::span<const float> values) noexcept {
  std::uint32_t carried = 0;
  for (const float value : values) {
    carried |= (std::bit_cast<std::uint32_t>(value) & 0x7fffffffu) + 0x00800000u;
  }
  return carried < 0x80000000u;
}
inline bool all_finite(std::span<const bfloat16> values) noexcept {
  return std::ranges::all_of(values, [](bfloat16 value) { return (value.bits & 0x7f80) < 0x7f80; });
}
inline bool all_finite(std::span<const std::int8_t>) noexcept {
  return true;
}

/// What the convolutions of an arithmetic consist of: weights in blocks of as many output channels
/// as one kernel call computes, a scale and a bias for each channel, and the kernels.
template <class ArithmeticType>
class PackedConvolution {
 public:
  using Arithmetic = ArithmeticType;
  using Element = typename Arithmetic::Element;
  using Weight = typename Arithmetic::Weight;
  using Kernel = typename kernels::KernelTable<Arithmetic>::Kernel;

  const Conv2dShape& shape() const noexcept { return shape_; }
  const kernels::KernelVariant& variant() const noexcept { return kernels_.variant(); }
  const kernels::KernelTable<Arithmetic>& table() const noexcept { return kernels_.table(); }

  /// Output channels that one kernel call computes, and how many such blocks there are.
  int block_channels() const noexcept { return block_vectors_ * table().vector_width; }
  int block_vectors() const noexcept { return block_vectors_; }
  std::size_t blocks() const noexcept { return blocks_; }
  /// Packed weights in one block.
  std::size_t block_size() const noexcept { return block_size_; }
  std::size_t weight_bytes() const noexcept { return weights_.size() * sizeof(Weight); }

  /// Pixels in a tile of the kernels for these blocks, and the kernel for runs of `pixels`.
  int tile_pixels() const noexcept { return table().tile_pixels[kernel_row()]; }
  Kernel kernel(int pixels) const noexcept {
    return table().convolution[kernel_row()][static_cast<std::size_t>(pixels - 1)];
  }

  /// How `rows` rows of `pixels` are best cut into runs.
  RunLengths run_lengths(int rows, int pixels) const noexcept {
    if (variant().uses_matrices) {
      return RunLengths::fewest(pixels, kernels::max_matrix_rows);
    }
    return RunLengths::best(rows, pixels, {tile_pixels(), block_vectors_, table().group_pixels});
  }

  /// The output channel in lane `lane` of block `block`; may exceed the last.
  int channel_of(std::size_t block, int lane) const noexcept {
    const int width = table().vector_width;
    return static_cast<int>(block) * block_channels() +
           Arithmetic::channel_of_lane(block_vectors_, width, lane / width, lane % width);
  }

  const Weight* packed_weights() const noexcept { return weights_.data(); }
  const float* packed_scale() const noexcept { return scale_.data(); }
  const float* packed_bias() const noexcept { return bias_.data(); }
  const std::int32_t* packed_weight_sum() const noexcept { return weight_sum_.data(); }

  /// n x h x w x in_channels to n x h' x w' x out_channels. @throws Error `invalid_argument` when
  /// the channels differ or the kernel exceeds the padded input
  TensorShape output_shape(const TensorShape& input) const {
    return convolved_shape(shape_, input);
  }

 protected:
  /// Calls `pack(*this, block, packed)` for each block, on `threads` threads; it fills
  /// `block_size()` weights, `weights_per_output` for each lane.
  /// @param wide  prefer the widest blocks, if there are kernels for them and the channels fill
  /// them
  /// @throws Error `non_finite` unless all packed weights are finite
  template <class Pack>
  PackedConvolution(const Conv2dShape& shape, std::size_t weights_per_output, bool wide,
                    const Kernels<Arithmetic>& kernels, int threads, const Pack& pack)
      : shape_(shape),
        kernels_(kernels.for_depth(shape.in_channels)),
        block_vectors_(vectors_of_block(wide || table().wide_is_best)) {
    const auto lanes = static_cast<std::size_t>(block_channels());
    blocks_ = (static_cast<std::size_t>(shape.out_channels) + lanes - 1) / lanes;
    block_size_ = lanes * weights_per_output;
    weights_ = AlignedBuffer<Weight>(blocks_ * block_size_);
    std::atomic<bool> finite{true};
    parallel(resolve_thread_count(threads), [&](const Team& team) {
      const Range mine = team.share(blocks_);
      for (std::size_t block = mine.begin; block < mine.end; ++block) {
        Weight* packed = weights_.data() + block * block_size_;
        pack(*this, block, packed);
        if (!all_finite(std::span<const Weight>(packed, block_size_))) finite = false;
      }
    });
    detail::require(finite, ErrorCode::non_finite, "a weight is NaN or infinite");
  }

  /// Calls `set(channel, scale, bias)` for each output channel.
  /// @throws Error `non_finite` unless all are finite
  template <class Set>
  void set_constants(const Set& set) {
    scale_ = AlignedBuffer<float>::zeroed(lane_count());
    bias_ = AlignedBuffer<float>::zeroed(lane_count());
    for_each_lane([&](std::size_t i, int channel) { set(channel, scale_[i], bias_[i]); });
    detail::require(
        all_finite(std::span<const float>(scale_)) && all_finite(std::span<const float>(bias_)),
        ErrorCode::non_finite, "a bias is NaN or infinite");
  }

  /// Calls `sum(channel)`, of all weights, for each output channel.
  template <class Sum>
  void set_weight_sums(const Sum& sum) {
    weight_sum_ = AlignedBuffer<std::int32_t>::zeroed(lane_count());
    for_each_lane([&](std::size_t i, int channel) { weight_sum_[i] = sum(channel); });
  }

  /// `bias` and the batch normalization `after`, either of which may be empty. In f32 the scale is
  /// part of the weights. @throws Error `non_finite` unless the constants are finite
  void set_folded_constants(std::span<const float> bias, const ChannelAffine& after) {
    set_constants([&](int index, float& scale, float& offset) {
      const auto channel = static_cast<std::size_t>(index);
      const double factor = after.empty() ? 1.0 : after.scale[channel];
      const double value = bias.empty() ? 0.0 : bias[channel];
      offset = static_cast<float>(after.empty() ? value : value * factor + after.shift[channel]);
      scale = std::same_as<Arithmetic, F32> ? 1.0f : static_cast<float>(factor);
    });
  }

 private:
  /// Of all blocks.
  std::size_t lane_count() const noexcept {
    return blocks_ * static_cast<std::size_t>(block_channels());
  }

  /// Calls `visit(lane, channel)` for each lane that has an output channel.
  template <class Visitor>
  void for_each_lane(const Visitor& visit) const {
    const auto lanes = static_cast<std::size_t>(block_channels());
    for (std::size_t i = 0; i < lane_count(); ++i) {
      const int channel = channel_of(i / lanes, static_cast<int>(i % lanes));
      if (channel < shape_.out_channels) visit(i, channel);
    }
  }

  int vectors_of_block(bool wide) const noexcept {
    constexpr int widest = kernels::max_block_vectors;
    if (wide && fills_blocks_of(widest)) return widest;
    if (fills_blocks_of(2)) return 2;
    // With tails two vectors are better than one, unless one is enough and there are kernels for
    // it.
    constexpr bool has_tails = Arithmetic::output_multiple == 1;
    const bool one_is_enough = has_kernels_of(1) && shape_.out_channels <= table().vector_width;
    return has_tails && !one_is_enough ? 2 : 1;
  }

  bool has_kernels_of(int vectors) const noexcept {
    return table().tile_pixels[static_cast<std::size_t>(vectors - 1)] > 0;
  }

  /// Whether there are kernels of so many vectors and the channels fill whole blocks of them.
  bool fills_blocks_of(int vectors) const noexcept {
    return has_kernels_of(vectors) && shape_.out_channels % (vectors * table().vector_width) == 0;
  }

  std::size_t kernel_row() const noexcept { return static_cast<std::size_t>(block_vectors_ - 1); }

  Conv2dShape shape_;
  Kernels<Arithmetic> kernels_;
  int block_vectors_;
  std::size_t blocks_ = 0;
  std::size_t block_size_ = 0;
  AlignedBuffer<Weight> weights_;
  AlignedBuffer<float> scale_, bias_;       ///< in the order of lanes
  AlignedBuffer<std::int32_t> weight_sum_;  ///< the same
};

}  // namespace fliqe::inline FLIQE_ABI::nn
