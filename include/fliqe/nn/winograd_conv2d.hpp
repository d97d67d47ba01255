// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <fliqe/nn/conv2d.hpp>
#include <fliqe/nn/winograd_plan.hpp>
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

template <class Arithmetic>
class BasicWinogradPlan;

/// A 3 x 3 convolution of stride 1 by Winograd's minimal filtering: 2.25 (tile 2) or 4 (tile 4)
/// times fewer multiplications than the direct convolution, at the price of larger weights and a
/// larger rounding error: about twice in floats with tile 4. In bfloat16 the transforms compute in
/// floats, what is multiplied is rounded to bfloat16, and the sums are floats. Shapes are those of
/// Conv2d. Const and thread-safe.
/// @tparam Arithmetic  F32 or Bf16
template <class Arithmetic>
class BasicWinogradConv2d : public PackedConvolution<typename Arithmetic::Products> {
 public:
  using Products = typename Arithmetic::Products;
  using Base = PackedConvolution<Products>;
  using Element = typename Arithmetic::Element;
  using Weight = typename Arithmetic::Weight;
  using Plan = BasicWinogradPlan<Arithmetic>;
  using Options = BasicConv2dOptions<Element>;

  /// Whether a convolution of this shape can be computed with `tile`. Where the output's size is no
  /// multiple of the tile, the last tiles are computed in part for nothing.
  static bool supports(const Conv2dShape& shape, int tile) noexcept {
    constexpr int widest_vector = 16;
    return (tile == 2 || tile == 4) && shape.kernel_height == 3 && shape.kernel_width == 3 &&
           shape.stride == 1 && shape.in_channels % widest_vector == 0 &&
           shape.out_channels % widest_vector == 0;
  }

  /// Tiles that cover `pixels`, and positions of the transformed domain in each tile.
  static constexpr int tiles(int pixels, int tile) noexcept { return (pixels + tile - 1) / tile; }
  static constexpr int positions(int tile) noexcept { return (tile + 2) * (tile + 2); }

  /// Arguments as for Conv2d. @throws Error as Conv2d does, and `invalid_argument` unless `tile` is
  /// 2 or 4, the kernel 3 x 3 of stride 1 and both channel counts are multiples of 16
  BasicWinogradConv2d(const Conv2dShape& shape, int tile, std::span<const float> weight,
                      std::span<const float> bias = {}, const ChannelAffine& after = {},
                      const Kernels<Products>& kernels = {}, int threads = 0)
      : Base(checked(shape, tile, weight, bias, after),
             checked_positions(shape, tile) * static_cast<std::size_t>(shape.in_channels),
             shape.in_channels <= small_k, kernels, threads,
             [&](const Base& layer, std::size_t block, Weight* packed) {
               pack(layer, tile, weight, after, block, packed);
             }),
        tile_(tile) {
    this->set_folded_constants(bias, after);
  }

  int tile() const noexcept { return tile_; }
  int positions() const noexcept { return positions(tile_); }

  /// The transforms of one tile.
  kernels::WinogradInputKernel<Element> input_kernel() const noexcept {
    return this->table().winograd_input[static_cast<std::size_t>(tile_ / 4)];
  }
  kernels::WinogradOutputKernel<Element> output_kernel() const noexcept {
    return this->table().winograd_output[static_cast<std::size_t>(tile_ / 4)];
  }

  /// Makes the layer ready for tensors of these layouts.
  /// @throws Error `invalid_argument` when shapes differ or the input's halo is below the padding
  Plan plan(const TensorLayout& input, const TensorLayout& output,
            const ConvolutionPlanOptions& options = {}) const {
    return {*this, input, output, options};
  }

  /// As Conv2d::forward(). @throws Error `invalid_argument` when shapes differ
  void forward(BasicTensorView<const Element> input, BasicTensorView<Element> output,
               const Options& options = {}) const {
    forward_convolution(*this, input, output, options);
  }

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
    detail::require(supports(shape, tile), ErrorCode::invalid_argument,
                    "WinogradConv2d: expected a 3x3 kernel of stride 1, tile 2 or 4 and channels "
                    "that are multiples of 16");
    return static_cast<std::size_t>(positions(tile));
  }

  static Weight to_weight(float value) {
    if constexpr (std::same_as<Weight, float>) {
      return value;
    } else {
      return to_bfloat16(value);
    }
  }

  /// [out][in][tap] to [position][word][lane][element of the word] for the channels of one block; a
  /// whole word at a time, since the positions lie far apart.
  static void pack(const Base& layer, int tile, std::span<const float> weight,
                   const ChannelAffine& after, std::size_t block, Weight* packed) {
    const Conv2dShape& shape = layer.shape();
    const int word = layer.table().weight_word, lanes = layer.block_channels();
    const WinogradFilter filter(tile);
    const int positions = BasicWinogradConv2d::positions(tile);
    const int first_output = static_cast<int>(block) * lanes;
    const int outputs = std::min(lanes, shape.out_channels - first_output);
    const int line = word * lanes;
    std::vector<Weight> transformed(static_cast<std::size_t>(positions * line));
    for (int first = 0; first < shape.in_channels; first += word) {
      for (int i = 0; i < outputs * word; ++i) {
        const int lane = i / word, output = first_output + lane;
        const double scale = after.empty() ? 1.0 : after.scale[output];
        const auto index = static_cast<std::ptrdiff_t>(output) * shape.in_channels + first;
        const float* taps = weight.data() + (index + i % word) * 9;
        filter.transform(taps, scale, [&](int position, float value) {
          transformed[static_cast<std::size_t>(position * line + i)] = to_weight(value);
        });
      }
      for (int position = 0; position < positions; ++position) {
        const auto row = static_cast<std::ptrdiff_t>(position) * shape.in_channels + first;
        std::copy_n(transformed.data() + position * line, line, packed + row * lanes);
      }
    }
  }

  int tile_;
};

using WinogradConv2d = BasicWinogradConv2d<F32>;
using Bf16WinogradConv2d = BasicWinogradConv2d<Bf16>;

}  // namespace fliqe::inline FLIQE_ABI::nn
