// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <fliqe/kernels/arguments.hpp>
#include <fliqe/kernels/arithmetic.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::kernels {

inline constexpr int max_run_pixels = 7;    // every ResNet50 map is a multiple of 7 wide
inline constexpr int max_matrix_rows = 16;  // the same where a row of a matrix register is a pixel
inline constexpr int max_block_vectors = 4;

/// Output pixels in a tile of 1, 2, 3 or 4 vectors; 0 where there are no such kernels. A tile is
/// one run or several short ones.
using TilePixels = std::array<int, max_block_vectors>;

/// The kernels of one implementation of an arithmetic: F32, Bf16, Bf16Products or Int8.
template <class Arithmetic>
struct KernelTable {
  using Element = typename Arithmetic::Element;
  using Kernel = ConvolutionKernel<Arithmetic>;

  int vector_width = 0;  ///< 32-bit sums in a register
  /// Elements of a weight word: the packed weights of a lane that lie together. Input channels are
  /// a multiple of it.
  int weight_word = Arithmetic::word;
  /// Pixels of a run are computed in groups of so many; a last one with fewer takes as long.
  int group_pixels = 1;
  /// Of Int8: inputs are taken less 128, and `weight_sum` says what that takes away.
  bool signed_inputs = false;
  /// The widest blocks are fastest however deep they are.
  bool wide_is_best = false;
  TilePixels tile_pixels{};
  /// convolution[vectors - 1][pixels of a run - 1]; null above `tile_pixels`.
  std::array<std::array<Kernel, max_matrix_rows>, max_block_vectors> convolution{};
  /// Releases what a thread's kernels hold between calls; null: nothing.
  void (*release)() = nullptr;
  ConvertKernel<Element> convert = nullptr;  ///< null in f32
  SumKernel<Element> sum_pixels = nullptr;
  /// Of F32 and Bf16Products, for tiles of 2 x 2 and of 4 x 4 output pixels.
  std::array<WinogradInputKernel<Element>, 2> winograd_input{};
  std::array<WinogradOutputKernel<Element>, 2> winograd_output{};
};

/// The kernels of one instruction set that are no convolutions, for floats and bytes of pictures.
struct VectorKernels {
  int vector_width = 0;  ///< floats in a register
  PoolKernel max_pool = nullptr;
  AffineKernel affine = nullptr;
  ReluKernel relu = nullptr;
  ResampleRowKernel resample_row = nullptr;
  ResampleColumnsKernel resample_columns = nullptr;
};

}  // namespace fliqe::inline FLIQE_ABI::kernels
