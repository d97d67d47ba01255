// SPDX-License-Identifier: MIT
/// @file
/// Convolutions in bytes and in bfloat16 on matrix registers (Intel AMX; Intel 64 and IA-32
/// Architectures Optimization Reference Manual, chapter 20). A row of a matrix of inputs is a
/// pixel, read from where it lies; packed weights are matrices of words already.
#pragma once

#include <fliqe/kernels/avx512_narrow.hpp>
#include <fliqe/version.hpp>
#include <utility>

FLIQE_TARGET_BEGIN("amx-tile,amx-int8,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

namespace fliqe::inline FLIQE_ABI::kernels::amx {

using namespace avx512;

/// The eight matrix registers: sums of two runs by two vectors of channels, what they are sums of.
inline constexpr int sums_register = 0, inputs_register = 4, weights_register = 6, registers = 8;
inline constexpr int most_runs = 2;

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

struct MatrixBytes : ByteArithmetic {
  template <int Sum, int Input, int Weight>
  static void multiply() {
    __asm__ volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sum), "i"(Input), "i"(Weight));
  }
};

struct MatrixBf16 : Bf16Arithmetic {
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
inline void multiply_add(const typename Arithmetic::Input* const (&in)[Runs],
                         std::ptrdiff_t pixel_bytes, const typename Arithmetic::Weight* weights) {
  constexpr int vector_elements = Arithmetic::lanes * Arithmetic::word;
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
inline void multiply_add_taps(const typename Arithmetic::Job& job, const ConvRange& range,
                              const TilePlace<typename Arithmetic::Input, Runs>& place, int step,
                              Prefetch& ahead) {
  using Input = typename Arithmetic::Input;
  constexpr int block_channels = Vectors * Arithmetic::lanes;
  const std::ptrdiff_t pixel_bytes =
      job.input.pixel_stride * static_cast<std::ptrdiff_t>(sizeof(Input));
  const int step_depth = step * Arithmetic::word;
  const typename Arithmetic::Weight* weights =
      job.weights + (static_cast<std::ptrdiff_t>(range.block) * job.taps + range.first_tap) *
                        job.depth * block_channels;
  const std::byte* fetch = ahead.next;
  for (int t = range.first_tap; t < range.last_tap; ++t) {
    const Input* in[Runs];
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] = place.input[r] + job.tap_offsets[t];
    for (int depth = 0; depth < job.depth; depth += step_depth) {
      for (int line = 0; line < step / 2; ++line) {
        __builtin_prefetch(fetch, 0, 2);
        fetch += Prefetch::line;
      }
      multiply_add<Arithmetic, Runs, Vectors>(in, pixel_bytes, weights);
      FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] += step_depth;
      weights += step_depth * block_channels;
    }
  }
  ahead.next = std::min(fetch, ahead.end);
}

template <class Arithmetic, bool Residual, int Runs, int Vectors>
inline void store_tile(const typename Arithmetic::Job& job, std::size_t first_lane,
                       const TilePlace<typename Arithmetic::Input, Runs>& place,
                       std::ptrdiff_t start_stride, int pixels,
                       const TileSums<Arithmetic, Runs, Vectors>& sums) {
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    for (int p = 0; p < pixels; ++p) {
      const auto* residual = Residual ? place.start[r] + p * start_stride : nullptr;
      Arithmetic::template store_pixel<Residual, Vectors>(
          job, first_lane, sums.of[r][p], residual, place.output[r] + p * job.output.pixel_stride);
    }
  }
}

/// Computes `count` runs of `pixels`, `Runs` of them in each tile as long as that goes, the rest
/// one by one.
template <class Arithmetic, int Runs, int Vectors>
inline void matrix_tiles(const typename Arithmetic::Job& job, const ConvRange& range, int pixels,
                         RunCursor<typename Arithmetic::Job>& cursor, std::size_t count,
                         Prefetch& ahead) {
  const int step = words_of_step(job.depth / Arithmetic::word);
  const std::size_t first_lane = range.block * Vectors * Arithmetic::lanes;
  shape_matrices(pixels, step);
  TileSums<Arithmetic, Runs, Vectors> sums;
  for (; count >= Runs; count -= Runs) {
    const auto place = cursor.template next<Runs>();
    clear_sums<Runs, Vectors>();
    multiply_add_taps<Arithmetic, Runs, Vectors>(job, range, place, step, ahead);
    store_sums(sums);
    if (place.start[0] == nullptr) {
      store_tile<Arithmetic, false>(job, first_lane, place, cursor.start_stride(), pixels, sums);
    } else {
      store_tile<Arithmetic, true>(job, first_lane, place, cursor.start_stride(), pixels, sums);
    }
  }
  if constexpr (Runs > 1) {
    matrix_tiles<Arithmetic, 1, Vectors>(job, range, pixels, cursor, count, ahead);
  }
}

/// @see NarrowTable
template <class Arithmetic, int Pixels, int Vectors>
const std::byte* matrix_convolution(const typename Arithmetic::Job& job, const ConvRange& range) {
  Prefetch ahead(range);
  RunCursor<typename Arithmetic::Job> cursor(job, range, range.block * Vectors * Arithmetic::lanes);
  matrix_tiles<Arithmetic, most_runs, Vectors>(job, range, Pixels, cursor,
                                               range.last_run - range.first_run, ahead);
  return ahead.next;
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::amx

FLIQE_TARGET_END

namespace fliqe::inline FLIQE_ABI::kernels::amx {

template <class Arithmetic, int Vectors, int... Index>
constexpr auto matrix_convolutions(std::integer_sequence<int, Index...>) {
  return std::array<NarrowConvKernel<typename Arithmetic::Job>, sizeof...(Index)>{
      &matrix_convolution<Arithmetic, Index + 1, Vectors>...};
}

/// Everything but the convolutions is that of `narrow`.
template <class Arithmetic>
constexpr auto matrix_table(NarrowTable<typename Arithmetic::Job> narrow) {
  constexpr auto runs = std::make_integer_sequence<int, max_matrix_rows>();
  constexpr int pixels = most_runs * max_matrix_rows;
  narrow.name = "amx";
  narrow.isa = Isa::amx;
  narrow.tile_pixels = {pixels, pixels, 0, 0};
  narrow.convolution = {
      matrix_convolutions<Arithmetic, 1>(runs), matrix_convolutions<Arithmetic, 2>(runs), {}, {}};
  narrow.has_instructions = true;
  narrow.uses_matrices = true;
  narrow.release = &release;
  return narrow;
}

inline constexpr QuantizedTable quantized_table =
    matrix_table<MatrixBytes>(avx512::quantized_table);
inline constexpr Bf16Table bf16_table = matrix_table<MatrixBf16>(avx512::bf16_table);

}  // namespace fliqe::inline FLIQE_ABI::kernels::amx
