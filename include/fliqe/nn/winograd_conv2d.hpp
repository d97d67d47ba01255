// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <fliqe/nn/conv2d.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <vector>

namespace fliqe::inline FLIQE_ABI::nn {

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

  /// Calls `visit(position, value)` for each position of one transformed filter.
  template <class Visitor>
  void transform(const float* filter, double scale, const Visitor& visit) const {
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
        visit(i * size_ + j, static_cast<float>(value * scale));
      }
    }
  }

 private:
  int size_;
  std::array<std::array<double, 3>, 6> rows_{};
};

class WinogradPlan;

/// A 3 x 3 convolution of stride 1 in floats by Winograd's minimal filtering: 2.25 (tile 2) or 4
/// (tile 4) times fewer multiplications than Conv2d, at the price of larger weights and, for tile
/// 4, about twice the rounding error. Shapes are those of Conv2d. Const and thread-safe.
class WinogradConv2d : public PackedConvolution<F32> {
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
                 const Kernels<F32>& kernels = {}, int threads = 0)
      : PackedConvolution<F32>(
            checked(shape, tile, weight, bias, after),
            checked_positions(shape, tile) * static_cast<std::size_t>(shape.in_channels),
            shape.in_channels <= small_k, kernels, threads,
            [&](const PackedConvolution<F32>& layer, std::size_t block, float* packed) {
              pack(shape, tile, weight, after, block, layer.block_channels(), packed);
            }),
        tile_(tile),
        kernels_(&kernels::vector_kernels_for(variant().isa)) {
    set_folded_constants(bias, after);
  }

  int tile() const noexcept { return tile_; }
  int positions() const noexcept { return (tile_ + 2) * (tile_ + 2); }
  const kernels::VectorKernels& transforms() const noexcept { return *kernels_; }

  /// Makes the layer ready for tensors of these layouts.
  /// @throws Error `invalid_argument` when shapes differ, the output's size is no multiple of the
  ///         tile, or the input's halo is below the padding
  WinogradPlan plan(const TensorLayout& input, const TensorLayout& output,
                    const ConvolutionPlanOptions& options = {}) const;

  /// As Conv2d::forward(). @throws Error `invalid_argument` when shapes differ or the output's size
  /// is no multiple of the tile
  void forward(ConstTensorView input, TensorView output, const Conv2dOptions& options = {}) const;

 private:
  static constexpr int small_k = 64;  ///< wide blocks are faster up to here; measured

  static const Conv2dShape& checked(const Conv2dShape& shape, int tile,
                                    std::span<const float> weight, std::span<const float> bias,
                                    const ChannelAffine& after) {
    check_weights(shape, weight, bias, after);
    checked_positions(shape, tile);
    return shape;
  }

  static std::size_t checked_positions(const Conv2dShape& shape, int tile) {
    detail::require(supports(shape, {1, tile, tile, 1}, tile), ErrorCode::invalid_argument,
                    "WinogradConv2d: expected a 3x3 kernel of stride 1, tile 2 or 4 and channels "
                    "that are multiples of 16");
    return static_cast<std::size_t>((tile + 2) * (tile + 2));
  }

  /// [out][in][tap] to [position][in][lane] for the channels of one block; a whole line at a time,
  /// since the positions lie far apart.
  static void pack(const Conv2dShape& shape, int tile, std::span<const float> weight,
                   const ChannelAffine& after, std::size_t block, int lanes, float* packed) {
    const WinogradFilter filter(tile);
    const int positions = (tile + 2) * (tile + 2);
    const int first_output = static_cast<int>(block) * lanes;
    const int outputs = std::min(lanes, shape.out_channels - first_output);
    std::vector<float> transformed(static_cast<std::size_t>(positions * lanes));
    for (int in = 0; in < shape.in_channels; ++in) {
      for (int lane = 0; lane < outputs; ++lane) {
        const int output = first_output + lane;
        const double scale = after.empty() ? 1.0 : after.scale[output];
        const auto index = static_cast<std::ptrdiff_t>(output) * shape.in_channels + in;
        filter.transform(weight.data() + index * 9, scale, [&](int position, float value) {
          transformed[static_cast<std::size_t>(position * lanes + lane)] = value;
        });
      }
      for (int position = 0; position < positions; ++position) {
        const auto row = static_cast<std::ptrdiff_t>(position) * shape.in_channels + in;
        std::copy_n(transformed.data() + position * lanes, lanes, packed + row * lanes);
      }
    }
  }

  int tile_;
  const kernels::VectorKernels* kernels_;
};

}  // namespace fliqe::inline FLIQE_ABI::nn

#include <fliqe/nn/winograd_plan.hpp>
