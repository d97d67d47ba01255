// SPDX-License-Identifier: MIT
/// @file
/// Int8 and Bf16 on matrix registers (Intel AMX; Intel 64 and IA-32 Architectures Optimization
/// Reference Manual, chapter 20). A row of a matrix of inputs is a pixel, read in place; packed
/// weights are matrices of words already.
#pragma once

#include <fliqe/kernels/avx512_reduced.hpp>
#include <fliqe/version.hpp>

FLIQE_TARGET_BEGIN("amx-tile,amx-int8,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

#define FLIQE_KERNEL_NAMESPACE amx
#include <fliqe/kernels/run_cursor.inl>
#undef FLIQE_KERNEL_NAMESPACE

namespace fliqe::inline FLIQE_ABI::kernels::amx {

/// The eight matrix registers: sums of two runs by two vectors of channels, and their operands.
inline constexpr int sums_register = 0, inputs_register = 4, weights_register = 6, registers = 8;
inline constexpr int max_runs = 2;

/// In bytes; a row of sums or of weights holds 16 channels.
inline constexpr std::ptrdiff_t row_bytes = 64;

/// Operand of LDTILECFG: rows and bytes of a row of each register.
struct alignas(64) MatrixShapes {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t columns[16] = {};
  std::uint8_t rows[16] = {};
};
static_assert(sizeof(MatrixShapes) == 64);

// The compilers' intrinsics take register numbers as literals only, and g++'s LDTILECFG reads 8 of
// its 64 bytes.
inline void configure(const MatrixShapes& shapes) {
  __asm__ volatile("ldtilecfg %0" ::"m"(shapes) : "memory");
}
inline void configuration(MatrixShapes& shapes) {
  __asm__ volatile("sttilecfg %0" : "=m"(shapes)::"memory");
}
template <int Register>
inline void load_matrix(const void* p, std::ptrdiff_t stride) {
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(p), "r"(stride), "i"(Register) : "memory");
}
template <int Register>
inline void store_matrix(void* p, std::ptrdiff_t stride) {
  __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(p), "r"(stride), "i"(Register)
                   : "memory");
}
template <int Register>
inline void clear_matrix() {
  __asm__ volatile("tilezero %%tmm%c0" ::"i"(Register));
}
inline void release() {
  __asm__ volatile("tilerelease");
}

template <>
struct Arithmetic<Int8> : avx512::Int8Sums {
  template <int Sum, int Input, int Weight>
  static void multiply() {
    __asm__ volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sum), "i"(Input), "i"(Weight));
  }
};

template <>
struct Arithmetic<Bf16> : avx512::Bf16Sums {
  template <int Sum, int Input, int Weight>
  static void multiply() {
    __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sum), "i"(Input), "i"(Weight));
  }
};

/// Words of depth that a matrix of inputs takes: as many as fit, so that nothing is left over.
inline int words_of_step(int words) {
  int step = words < 16 ? words : 16;
  while (words % step != 0) --step;
  return step;
}

/// Configuring takes as long as a dozen products, asking what is configured does not.
inline void shape_matrices(int pixels, int step_words) {
  MatrixShapes wanted;
  for (int i = 0; i < registers; ++i) {
    const bool is_input = i >= inputs_register && i < weights_register;
    const bool is_weight = i >= weights_register;
    wanted.columns[i] = static_cast<std::uint16_t>(is_input ? step_words * 4 : row_bytes);
    wanted.rows[i] = static_cast<std::uint8_t>(is_weight ? step_words : pixels);
  }
  MatrixShapes found;
  configuration(found);
  if (_mm512_cmpneq_epi32_mask(_mm512_load_si512(&found), _mm512_load_si512(&wanted)) != 0) {
    configure(wanted);
  }
}

/// Sums of a tile on their way from matrix registers to vector registers.
template <class Arithmetic, int Runs, int Vectors>
struct alignas(64) TileSums {
  typename Arithmetic::Sum of[Runs][max_matrix_rows][Vectors];
};

template <int Runs, int Vectors>
inline void clear_sums() {
  clear_matrix<sums_register>();
  if constexpr (Vectors > 1) clear_matrix<sums_register + 1>();
  if constexpr (Runs > 1) clear_matrix<sums_register + 2>();
  if constexpr (Runs > 1 && Vectors > 1) clear_matrix<sums_register + 3>();
}

template <class Arithmetic, int Runs, int Vectors>
inline void store_sums(TileSums<Arithmetic, Runs, Vectors>& sums) {
  constexpr std::ptrdiff_t stride = Vectors * row_bytes;
  store_matrix<sums_register>(&sums.of[0][0][0], stride);
  if constexpr (Vectors > 1) store_matrix<sums_register + 1>(&sums.of[0][0][1], stride);
  if constexpr (Runs > 1) store_matrix<sums_register + 2>(&sums.of[1][0][0], stride);
  if constexpr (Runs > 1 && Vectors > 1) {
    store_matrix<sums_register + 3>(&sums.of[1][0][1], stride);
  }
}

/// One step of depth: the products of each run's inputs and each vector's weights.
template <class Arithmetic, int Runs, int Vectors>
inline void multiply_add(const ElementOf<Arithmetic>* const (&in)[Runs], std::ptrdiff_t pixel_bytes,
                         const WeightOf<Arithmetic>* weights) {
  constexpr int vector_elements = Arithmetic::lanes * Arithmetic::Type::word;
  load_matrix<weights_register>(weights, Vectors * row_bytes);
  load_matrix<inputs_register>(in[0], pixel_bytes);
  Arithmetic::template multiply<sums_register, inputs_register, weights_register>();
  if constexpr (Vectors > 1) {
    load_matrix<weights_register + 1>(weights + vector_elements, Vectors * row_bytes);
    Arithmetic::template multiply<sums_register + 1, inputs_register, weights_register + 1>();
  }
  if constexpr (Runs > 1) {
    load_matrix<inputs_register + 1>(in[1], pixel_bytes);
    Arithmetic::template multiply<sums_register + 2, inputs_register + 1, weights_register>();
  }
  if constexpr (Runs > 1 && Vectors > 1) {
    Arithmetic::template multiply<sums_register + 3, inputs_register + 1, weights_register + 1>();
  }
}

/// Adds the taps of a range to the tile, `step` words at a time.
template <class Arithmetic, int Runs, int Vectors>
inline void multiply_add_taps(const ArgumentsOf<Arithmetic>& arguments,
                              const ConvolutionRange& range,
                              const AddressesOf<Arithmetic, Runs>& at, int step,
                              Prefetch& prefetch) {
  using Input = ElementOf<Arithmetic>;
  constexpr int block_channels = Vectors * Arithmetic::lanes;
  const std::ptrdiff_t pixel_bytes =
      arguments.input.pixel_stride * static_cast<std::ptrdiff_t>(sizeof(Input));
  const int step_depth = step * Arithmetic::Type::word;
  const WeightOf<Arithmetic>* weights =
      arguments.weights +
      (static_cast<std::ptrdiff_t>(range.block) * arguments.taps + range.first_tap) *
          arguments.depth * block_channels;
  const std::byte* fetch = prefetch.next;
  for (int t = range.first_tap; t < range.last_tap; ++t) {
    const Input* in[Runs];
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] = at.input[r] + arguments.tap_offsets[t];
    for (int depth = 0; depth < arguments.depth; depth += step_depth) {
      for (int line = 0; line < step / 2; ++line) {
        __builtin_prefetch(fetch, 0, 2);
        fetch += Prefetch::line;
      }
      multiply_add<Arithmetic, Runs, Vectors>(in, pixel_bytes, weights);
      FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] += step_depth;
      weights += step_depth * block_channels;
    }
  }
  prefetch.next = std::min(fetch, prefetch.end);
}

template <class Arithmetic, bool Residual, int Runs, int Vectors>
inline void end_tile(const typename Arithmetic::Epilogue& epilogue,
                     const AddressesOf<Arithmetic, Runs>& at, std::ptrdiff_t added_stride,
                     std::ptrdiff_t output_stride, int pixels,
                     const TileSums<Arithmetic, Runs, Vectors>& sums) {
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    for (int p = 0; p < pixels; ++p) {
      const auto* residual = Residual ? at.added[r] + p * added_stride : nullptr;
      epilogue.template finish<Residual>(sums.of[r][p], residual, at.output[r] + p * output_stride);
    }
  }
}

/// Computes `count` runs: `Runs` in each tile while there are as many, then one by one.
template <class Arithmetic, int Runs, int Vectors>
inline void compute_tiles(const ArgumentsOf<Arithmetic>& arguments, const ConvolutionRange& range,
                          RunCursor<ArgumentsOf<Arithmetic>>& cursor, std::size_t count,
                          Prefetch& prefetch) {
  const int pixels = arguments.run_pixels;
  const int step = words_of_step(arguments.depth / Arithmetic::Type::word);
  const std::ptrdiff_t output_stride = arguments.output.pixel_stride;
  const typename Arithmetic::Epilogue epilogue(arguments, range,
                                               range.block * Vectors * Arithmetic::lanes);
  shape_matrices(pixels, step);
  TileSums<Arithmetic, Runs, Vectors> sums;
  for (; count >= Runs; count -= Runs) {
    const auto at = cursor.template next<Runs>();
    clear_sums<Runs, Vectors>();
    multiply_add_taps<Arithmetic, Runs, Vectors>(arguments, range, at, step, prefetch);
    store_sums(sums);
    if (at.added[0] == nullptr) {
      end_tile<Arithmetic, false>(epilogue, at, 0, output_stride, pixels, sums);
    } else {
      end_tile<Arithmetic, true>(epilogue, at, cursor.added_stride(), output_stride, pixels, sums);
    }
  }
  if constexpr (Runs > 1) {
    compute_tiles<Arithmetic, 1, Vectors>(arguments, range, cursor, count, prefetch);
  }
}

/// Runs of any length up to max_matrix_rows. @see ConvolutionKernel
template <class Arithmetic, int Vectors>
const std::byte* convolution(const ArgumentsOf<Arithmetic>& arguments,
                             const ConvolutionRange& range) {
  Prefetch prefetch(range);
  RunCursor<ArgumentsOf<Arithmetic>> cursor(arguments, range,
                                            range.block * Vectors * Arithmetic::lanes);
  compute_tiles<Arithmetic, max_runs, Vectors>(arguments, range, cursor,
                                               range.last_run - range.first_run, prefetch);
  return prefetch.next;
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::amx

FLIQE_TARGET_END

namespace fliqe::inline FLIQE_ABI::kernels::amx {

/// Everything but the convolutions is that of AVX-512.
template <class Type>
constexpr KernelTable<Type> make_table() {
  constexpr int pixels = max_runs * max_matrix_rows;
  KernelTable<Type> table = avx512::table<Type>;
  table.tile_pixels = {pixels, pixels, 0, 0};
  table.convolution = {};
  table.convolution[0].fill(&convolution<Arithmetic<Type>, 1>);
  table.convolution[1].fill(&convolution<Arithmetic<Type>, 2>);
  table.release = &release;
  return table;
}

template <class Type>
inline constexpr KernelTable<Type> table = make_table<Type>();

}  // namespace fliqe::inline FLIQE_ABI::kernels::amx
