// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <fliqe/base/cpu.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/kernels/jobs.hpp>
#include <fliqe/version.hpp>
#include <string>

/// By default every source that includes fliqe compiles the kernels it uses and what builds a
/// network of them. With FLIQE_COMPILED_KERNELS both come from the library fliqe::kernels
/// (src/kernels.cpp).
#if defined(FLIQE_COMPILED_KERNELS)
#define FLIQE_INLINE
#elif !defined(FLIQE_INLINE)
#define FLIQE_INLINE inline
#endif

namespace fliqe::inline FLIQE_ABI::kernels {

inline constexpr int max_run_pixels = 7;    // every ResNet50 map is a multiple of 7 wide
inline constexpr int max_matrix_rows = 16;  // the same where a row of a matrix register is a pixel
inline constexpr int max_block_vectors = 4;

/// The kernels of one instruction set.
struct KernelTable {
  using Element = float;
  using Convolution = ConvKernel;

  Isa isa = Isa::baseline;
  int vector_width = 0;  ///< floats in a register

  /// Output pixels in a tile of the convolution kernels of 1, 2 or 4 vectors; 0 where there are no
  /// such kernels. A tile is one run or several short ones.
  std::array<int, max_block_vectors> tile_pixels{};
  /// convolution[vectors - 1][pixels of a run - 1]; null above `tile_pixels`.
  std::array<std::array<ConvKernel, max_run_pixels>, max_block_vectors> convolution{};
  /// For tiles of 2 x 2 and of 4 x 4 output pixels.
  std::array<WinogradInputKernel, 2> winograd_input{};
  std::array<WinogradOutputKernel, 2> winograd_output{};
  PoolKernel max_pool = nullptr;
  SumKernel sum_pixels = nullptr;
  AffineKernel affine = nullptr;
  ReluKernel relu = nullptr;
  ResampleRowKernel resample_row = nullptr;
  ResampleColumnsKernel resample_columns = nullptr;
};

/// The kernels of `isa`, whether this host can run them or not.
FLIQE_INLINE const KernelTable& compiled_table(Isa isa) noexcept;

/// The kernels of `isa`. @throws Error `invalid_argument` when this host cannot run them.
inline const KernelTable& table_for(Isa isa) {
  detail::require(is_supported(isa), ErrorCode::invalid_argument,
                  "this processor cannot run " + std::string(to_string(isa)) + " kernels");
  return compiled_table(isa);
}

/// The kernels of `select_isa()`, chosen once per process.
inline const KernelTable& default_table() {
  static const KernelTable& table = table_for(select_isa());
  return table;
}

}  // namespace fliqe::inline FLIQE_ABI::kernels

#if !defined(FLIQE_COMPILED_KERNELS)
#include <fliqe/kernels/baseline.hpp>
#if FLIQE_X86_64
#include <fliqe/kernels/avx2.hpp>
#include <fliqe/kernels/avx512.hpp>
#endif

namespace fliqe::inline FLIQE_ABI::kernels {

FLIQE_INLINE const KernelTable& compiled_table(Isa isa) noexcept {
#if FLIQE_X86_64
  static constexpr KernelTable amx = [] {
    KernelTable table = avx512::table;
    table.isa = Isa::amx;
    return table;
  }();
  if (isa == Isa::amx) return amx;
  if (isa == Isa::avx512) return avx512::table;
  if (isa == Isa::avx2) return avx2::table;
#else
  static_cast<void>(isa);
#endif
  return baseline::table;
}

}  // namespace fliqe::inline FLIQE_ABI::kernels
#endif
