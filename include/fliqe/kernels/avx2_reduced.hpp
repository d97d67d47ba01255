// SPDX-License-Identifier: MIT
/// @file
/// Int8 and Bf16 on 256-bit vectors: with AVX-VNNI, and with AVX2 alone.
#pragma once

#include <fliqe/kernels/avx2.hpp>
#include <fliqe/version.hpp>

FLIQE_TARGET_BEGIN("avx2,fma")

namespace fliqe::inline FLIQE_ABI::kernels::avx2 {

/// Typed, unlike ivec: g++ 12 keeps arrays of it in registers.
using int8_sums = std::int32_t __attribute__((vector_size(32)));

inline ivec requantized(int8_sums sum, const float* scale, vec start) {
  return _mm256_cvtps_epi32(_mm256_fmadd_ps(_mm256_cvtepi32_ps((__m256i)sum), load(scale), start));
}
inline ivec requantize(int8_sums sum, const float* scale, const float* offset) {
  return requantized(sum, scale, load(offset));
}
inline ivec requantize(int8_sums sum, const float* scale, const float* offset, ivec residual,
                       float residual_scale) {
  const vec start =
      _mm256_fmadd_ps(_mm256_cvtepi32_ps(residual), broadcast(&residual_scale), load(offset));
  return requantized(sum, scale, start);
}

inline ivec scaled(const float* x, float factor) {
  return _mm256_cvtps_epi32(mul(load(x), broadcast(&factor)));
}

/// Four bytes as they are, in every lane.
inline ivec broadcast_word(const void* p) {
  std::int32_t word;
  std::memcpy(&word, p, sizeof(word));
  return ibroadcast(word);
}

/// Bytes to sums in the order of channel_of_lane().
inline void load_bytes(const std::uint8_t* p, ivec (&values)[1]) {
  values[0] = iload_bytes(p);
}
inline void load_bytes(const std::uint8_t* p, ivec (&values)[2]) {
  const __m256i words = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  values[0] = _mm256_unpacklo_epi16(words, ibroadcast(0));
  values[1] = _mm256_unpackhi_epi16(words, ibroadcast(0));
}

/// The inverse, clamped to 0 ... 255.
inline void store_saturated(std::uint8_t* p, const ivec (&values)[1]) {
  const __m128i words =
      _mm_packs_epi32(_mm256_castsi256_si128(values[0]), _mm256_extracti128_si256(values[0], 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(words, words));
}
inline void store_saturated(std::uint8_t* p, const ivec (&values)[2]) {
  const __m256i words = _mm256_packs_epi32(values[0], values[1]);
  const __m128i bytes =
      _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bytes);
}

inline vec load_bf16(const bfloat16* p) {
  const __m128i half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
}
/// To nearest, ties to even; NaN stays NaN.
inline void store_bf16(bfloat16* p, vec x) {
  const ivec bits = _mm256_castps_si256(x);
  const ivec odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), ibroadcast(1));
  const ivec rounded = iadd(iadd(bits, ibroadcast(0x7fff)), odd);
  const ivec nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  const ivec kept = _mm256_blendv_epi8(rounded, _mm256_or_si256(bits, ibroadcast(0x400000)), nan);
  const ivec words = _mm256_srli_epi32(kept, 16);
  _mm_storeu_si128(
      reinterpret_cast<__m128i*>(p),
      _mm_packus_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::avx2

#define FLIQE_KERNEL_NAMESPACE avx2
#include <fliqe/kernels/bf16_arithmetic.inl>
#include <fliqe/kernels/int8_arithmetic.inl>
#undef FLIQE_KERNEL_NAMESPACE

namespace fliqe::inline FLIQE_ABI::kernels::avx2 {

template <>
struct Arithmetic<Bf16> : Bf16Pairs {
  static constexpr TilePixels tile_pixels{8, 4, 0, 0};

  static Weights load_weights(const bfloat16* p) {
    return pairs_of(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static Inputs load_inputs(const bfloat16* p) { return pairs_of(broadcast_word(p)); }

 private:
  static Pairs pairs_of(ivec words) {
    const ivec odd = ibroadcast(static_cast<std::int32_t>(0xffff0000u));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(words, 16)),
            _mm256_castsi256_ps(_mm256_and_si256(words, odd))};
  }
};

/// Multiplies 16-bit integers: two products of bytes do not fit in 16 bits, 255 * 127 * 2 > 32767.
template <>
struct Arithmetic<Int8> : Int8Sums {
  struct Pairs {
    __m256i even, odd;
  };
  using Inputs = Pairs;
  using Weights = Pairs;
  static constexpr TilePixels tile_pixels{7, 4, 0, 0};

  static Weights load_weights(const std::int8_t* p) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return {_mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8), _mm256_srai_epi16(bytes, 8)};
  }
  static Inputs load_inputs(const std::uint8_t* p) {
    const __m256i bytes = broadcast_word(p);
    return {_mm256_and_si256(bytes, ibroadcast(0x00ff00ff)), _mm256_srli_epi16(bytes, 8)};
  }
  static Sum multiply_add(const Inputs& x, const Weights& w, Sum sum) {
    const ivec products = iadd(_mm256_madd_epi16(x.even, w.even), _mm256_madd_epi16(x.odd, w.odd));
    return sum + (int8_sums)products;
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::avx2

#define FLIQE_KERNEL_NAMESPACE avx2
#include <fliqe/kernels/bf16_products.inl>
#undef FLIQE_KERNEL_NAMESPACE
FLIQE_TARGET_END

FLIQE_TARGET_BEGIN("avxvnni,avx2,fma")

#define FLIQE_KERNEL_NAMESPACE avx_vnni
#include <fliqe/kernels/convolution.inl>

namespace fliqe::inline FLIQE_ABI::kernels::avx_vnni {

template <>
struct Arithmetic<Int8> : avx2::Int8Sums {
  using Inputs = __m256i;
  using Weights = __m256i;
  /// 12 to 14 of 16 registers accumulate.
  static constexpr TilePixels tile_pixels{14, 6, 0, 0};

  static Weights load_weights(const std::int8_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  static Inputs load_inputs(const std::uint8_t* p) { return avx2::broadcast_word(p); }
  static Sum multiply_add(Inputs x, Weights w, Sum sum) {
    return (Sum)_mm256_dpbusd_avx_epi32((__m256i)sum, x, w);
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::avx_vnni
FLIQE_TARGET_END

#include <fliqe/kernels/table.inl>
#undef FLIQE_KERNEL_NAMESPACE
