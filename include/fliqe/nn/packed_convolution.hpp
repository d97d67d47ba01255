// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <fliqe/base/aligned_buffer.hpp>
#include <fliqe/base/parallel.hpp>
#include <fliqe/nn/conv2d_shape.hpp>
#include <fliqe/nn/run_lengths.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// What all convolutions are made of: weights in blocks of as many output channels as one kernel
/// call computes, and the kernels of one instruction set.
template <class WeightElement, class KernelSet>
class PackedConvolution {
 public:
  using Weight = WeightElement;
  using Table = KernelSet;
  using Kernel = typename Table::Convolution;

  const Conv2dShape& shape() const noexcept { return shape_; }
  const Table& table() const noexcept { return *table_; }

  /// Output channels that one kernel call computes, and how many such blocks there are.
  int block_channels() const noexcept { return block_vectors_ * table_->vector_width; }
  int block_vectors() const noexcept { return block_vectors_; }
  std::size_t blocks() const noexcept { return blocks_; }
  /// Packed weights in one block.
  std::size_t block_size() const noexcept { return block_size_; }
  std::size_t weight_bytes() const noexcept { return weights_.size() * sizeof(Weight); }

  /// Pixels in a tile of the kernels for these blocks, and the one that takes runs of `pixels`.
  int tile_pixels() const noexcept { return table_->tile_pixels[kernel_row()]; }
  Kernel kernel(int pixels) const noexcept {
    return table_->convolution[kernel_row()][static_cast<std::size_t>(pixels - 1)];
  }

  /// How `rows` rows of `pixels` are best cut into runs.
  RunLengths run_lengths(int rows, int pixels) const noexcept {
    if constexpr (requires { table_->uses_matrices; }) {
      if (table_->uses_matrices) return RunLengths::fewest(pixels, kernels::max_matrix_rows);
    }
    return RunLengths::best(rows, pixels, tile_pixels(), block_vectors_);
  }

  const Weight* packed_weights() const noexcept { return weights_.data(); }

  /// @throws Error `invalid_argument` when the channels differ or the kernel exceeds the padded
  /// input
  TensorShape output_shape(const TensorShape& input) const {
    return convolved_shape(shape_, input);
  }

 protected:
  /// Calls `pack(block, lanes, packed)` for each block, on `threads` threads; it fills
  /// `block_size()` weights, `weights_per_output` for each lane, and says whether all are finite.
  /// @throws Error `non_finite` unless they are
  template <class Pack>
  PackedConvolution(const Conv2dShape& shape, std::size_t weights_per_output, int block_vectors,
                    const Table& table, int threads, const Pack& pack)
      : shape_(shape), table_(&table), block_vectors_(block_vectors) {
    const auto lanes = static_cast<std::size_t>(block_channels());
    blocks_ = (static_cast<std::size_t>(shape.out_channels) + lanes - 1) / lanes;
    block_size_ = lanes * weights_per_output;
    weights_ = AlignedBuffer<Weight>(blocks_ * block_size_);
    std::atomic<bool> finite{true};
    parallel(resolve_thread_count(threads), [&](const Team& team) {
      const Range mine = team.share(blocks_);
      for (std::size_t block = mine.begin; block < mine.end; ++block) {
        Weight* packed = weights_.data() + block * block_size_;
        if (!pack(block, static_cast<int>(lanes), packed)) finite = false;
      }
    });
    detail::require(finite, ErrorCode::non_finite, "a weight is NaN or infinite");
  }

  /// Whether there are kernels of so many vectors and `channels` fill whole blocks of them.
  static bool is_even_in(int vectors, int channels, const Table& table) noexcept {
    return table.tile_pixels[static_cast<std::size_t>(vectors - 1)] > 0 &&
           channels % (vectors * table.vector_width) == 0;
  }

 private:
  std::size_t kernel_row() const noexcept { return static_cast<std::size_t>(block_vectors_ - 1); }

  Conv2dShape shape_;
  const Table* table_;
  int block_vectors_;
  std::size_t blocks_ = 0;
  std::size_t block_size_ = 0;
  AlignedBuffer<Weight> weights_;
};

}  // namespace fliqe::inline FLIQE_ABI::nn
