// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <fliqe/nn/conv2d.hpp>
#include <span>
#include <vector>

namespace fliqe::nn {

/// Transforms 3 x 3 filters for F(tile x tile, 3 x 3), in double precision: U = G g G^T.
class WinogradFilter {
 public:
  explicit WinogradFilter(int tile) : size_(tile + 2) {
    const double a = std::sqrt(0.5), b = std::sqrt(2.0);
    if (tile == 2) {
      rows_ = {{{-1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}}};
    } else {
      const auto at = [](double point, double scale) {
        return std::array<double, 3>{scale, point * scale, point * point * scale};
      };
      rows_ = {at(0, 1),       at(a, -2.0 / 3), at(-a, -2.0 / 3),
               at(b, 1.0 / 6), at(-b, 1.0 / 6), {0, 0, 1}};
    }
  }

  int positions() const noexcept { return size_ * size_; }

  /// Calls `take(position, value)` for each position of one transformed filter.
  template <class Take>
  void transform(const float* filter, double scale, const Take& take) const {
    std::array<std::array<double, 3>, 6> half{};
    for (int i = 0; i < size_; ++i) {
      for (int x = 0; x < 3; ++x) {
        half[i][x] =
            rows_[i][0] * filter[x] + rows_[i][1] * filter[3 + x] + rows_[i][2] * filter[6 + x];
      }
    }
    for (int i = 0; i < size_; ++i) {
      for (int j = 0; j < size_; ++j) {
        const double value =
            half[i][0] * rows_[j][0] + half[i][1] * rows_[j][1] + half[i][2] * rows_[j][2];
        take(i * size_ + j, static_cast<float>(value * scale));
      }
    }
  }

 private:
  int size_;
  std::array<std::array<double, 3>, 6> rows_{};
};

/// A 3 x 3 convolution of stride 1 by Winograd's minimal filtering: 2.25 (tile 2) or 4 (tile 4)
/// times fewer multiplications than Conv2d, at the price of larger weights and, for tile 4, about
/// twice the rounding error. Const and thread-safe.
class WinogradConv2d {
 public:
  /// Whether an output of this size and these channels can be computed with `tile`.
  static bool supports(const Conv2dShape& shape, const TensorShape& output, int tile) noexcept {
    constexpr int widest_vector = 16;
    return (tile == 2 || tile == 4) && shape.kernel_height == 3 && shape.kernel_width == 3 &&
           shape.stride == 1 && shape.in_channels % widest_vector == 0 &&
           shape.out_channels % widest_vector == 0 && output.h % tile == 0 && output.w % tile == 0;
  }

  /// Arguments as for Conv2d. @throws Error as Conv2d does, and `invalid_argument` unless `tile` is
  /// 2 or 4, the kernel 3 x 3 of stride 1 and both channel counts are multiples of 16
  WinogradConv2d(const Conv2dShape& shape, int tile, std::span<const float> weight,
                 std::span<const float> bias = {}, const ChannelAffine& after = {},
                 const kernels::KernelTable& table = kernels::default_table(), int threads = 0)
      : shape_(shape), tile_(tile), table_(&table) {
    detail::require(supports(shape, {1, tile, tile, 1}, tile), ErrorCode::invalid_argument,
                    "WinogradConv2d: expected a 3x3 kernel of stride 1, tile 2 or 4 and channels "
                    "that are multiples of 16");
    check_conv2d(shape, weight, bias, after);
    block_vectors_ = shape.out_channels <= table.vector_width ? 1 : 2;
    const auto lanes = static_cast<std::size_t>(block_channels());
    blocks_ = (static_cast<std::size_t>(shape.out_channels) + lanes - 1) / lanes;
    weights_ = AlignedBuffer<float>(blocks_ * block_size());
    bias_ = folded_bias(shape, blocks_ * lanes, bias, after);
    std::atomic<bool> finite{true};
    parallel(resolve_thread_count(threads), [&](const Team& team) {
      const Range mine = team.share(blocks_);
      for (std::size_t block = mine.begin; block < mine.end; ++block) {
        if (!all_finite(pack(block, weight, after))) finite = false;
      }
    });
    detail::require(finite && all_finite(bias_), ErrorCode::non_finite,
                    "a weight or bias is NaN or infinite");
  }

  const Conv2dShape& shape() const noexcept { return shape_; }
  const kernels::KernelTable& table() const noexcept { return *table_; }
  int tile() const noexcept { return tile_; }
  int positions() const noexcept { return (tile_ + 2) * (tile_ + 2); }
  int block_channels() const noexcept { return block_vectors_ * table_->vector_width; }
  int block_vectors() const noexcept { return block_vectors_; }
  std::size_t blocks() const noexcept { return blocks_; }

  /// [block][position][in][lane]
  const float* packed_weights() const noexcept { return weights_.data(); }
  const float* packed_bias() const noexcept { return bias_.data(); }

  /// Floats of packed weights for one block of output channels.
  std::size_t block_size() const noexcept {
    return static_cast<std::size_t>(positions()) * static_cast<std::size_t>(shape_.in_channels) *
           static_cast<std::size_t>(block_channels());
  }

 private:
  std::span<const float> pack(std::size_t block, std::span<const float> weight,
                              const ChannelAffine& after) {
    const WinogradFilter filter(tile_);
    const int lanes = block_channels();
    float* packed = weights_.data() + block * block_size();
    std::fill_n(packed, block_size(), 0.0f);
    for (int lane = 0; lane < lanes; ++lane) {
      const int output = static_cast<int>(block) * lanes + lane;
      if (output >= shape_.out_channels) break;
      const double scale = after.empty() ? 1.0 : after.scale[output];
      for (int in = 0; in < shape_.in_channels; ++in) {
        const auto index = static_cast<std::ptrdiff_t>(output) * shape_.in_channels + in;
        filter.transform(weight.data() + index * 9, scale, [&](int position, float value) {
          packed[(static_cast<std::ptrdiff_t>(position) * shape_.in_channels + in) * lanes + lane] =
              value;
        });
      }
    }
    return {packed, block_size()};
  }

  Conv2dShape shape_;
  int tile_;
  const kernels::KernelTable* table_;
  int block_vectors_ = 1;
  std::size_t blocks_ = 0;
  AlignedBuffer<float> weights_;
  AlignedBuffer<float> bias_;
};

}  // namespace fliqe::nn

#include <fliqe/nn/winograd_plan.hpp>
