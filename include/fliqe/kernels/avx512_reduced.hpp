// SPDX-License-Identifier: MIT
/// @file
/// Int8 and Bf16 on 512-bit vectors, with the instructions made for them (AVX512-VNNI, AVX512-BF16)
/// and without.
#pragma once

#include <fliqe/kernels/avx512.hpp>
#include <fliqe/version.hpp>

FLIQE_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

namespace fliqe::inline FLIQE_ABI::kernels::avx512 {

/// Typed, unlike ivec: g++ 12 keeps arrays of it in registers.
using int8_sums = std::int32_t __attribute__((vector_size(64)));

inline vec to_float(ivec x) {
  return _mm512_maskz_cvtepi32_ps(static_cast<mask>(-1), x);
}
inline ivec requantized(int8_sums sum, const float* scale, vec start) {
  return _mm512_maskz_cvtps_epi32(static_cast<mask>(-1),
                                  fma(to_float((__m512i)sum), load(scale), start));
}
inline ivec requantize(int8_sums sum, const float* scale, const float* offset) {
  return requantized(sum, scale, load(offset));
}
inline ivec requantize(int8_sums sum, const float* scale, const float* offset, ivec residual,
                       float residual_scale) {
  return requantized(sum, scale, fma(to_float(residual), broadcast(&residual_scale), load(offset)));
}

inline ivec scaled(const float* x, float factor) {
  return _mm512_maskz_cvtps_epi32(static_cast<mask>(-1), mul(load(x), broadcast(&factor)));
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
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  const __m512i words = _mm512_maskz_cvtepu8_epi16(static_cast<__mmask32>(-1), bytes);
  values[0] = _mm512_unpacklo_epi16(words, ibroadcast(0));
  values[1] = _mm512_unpackhi_epi16(words, ibroadcast(0));
}
inline void load_bytes(const std::uint8_t* p, ivec (&values)[4]) {
  const __m512i bytes = _mm512_loadu_si512(p);
  const __m512i low = _mm512_unpacklo_epi8(bytes, ibroadcast(0));
  const __m512i high = _mm512_unpackhi_epi8(bytes, ibroadcast(0));
  values[0] = _mm512_unpacklo_epi16(low, ibroadcast(0));
  values[1] = _mm512_unpackhi_epi16(low, ibroadcast(0));
  values[2] = _mm512_unpacklo_epi16(high, ibroadcast(0));
  values[3] = _mm512_unpackhi_epi16(high, ibroadcast(0));
}

/// The inverse, clamped to 0 ... 255.
inline __m256i saturated_bytes(__m512i words) {
  const __m512i positive = _mm512_maskz_max_epi16(static_cast<__mmask32>(-1), words, ibroadcast(0));
  return _mm512_maskz_cvtusepi16_epi8(static_cast<__mmask32>(-1), positive);
}
inline void store_saturated(std::uint8_t* p, const ivec (&values)[1]) {
  const ivec positive = _mm512_maskz_max_epi32(static_cast<mask>(-1), values[0], ibroadcast(0));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                   _mm512_maskz_cvtusepi32_epi8(static_cast<mask>(-1), positive));
}
inline void store_saturated(std::uint8_t* p, const ivec (&values)[2]) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                      saturated_bytes(_mm512_packs_epi32(values[0], values[1])));
}
inline void store_saturated(std::uint8_t* p, const ivec (&values)[4]) {
  _mm512_storeu_si512(p, _mm512_packus_epi16(_mm512_packs_epi32(values[0], values[1]),
                                             _mm512_packs_epi32(values[2], values[3])));
}

inline vec as_vec(ivec bits) {
  return _mm512_castsi512_ps(bits);
}
inline vec load_bf16(const bfloat16* p) {
  const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  const ivec words = _mm512_maskz_cvtepu16_epi32(static_cast<mask>(-1), half);
  return as_vec(_mm512_maskz_slli_epi32(static_cast<mask>(-1), words, 16));
}
/// To nearest, ties to even; NaN stays NaN.
inline void store_bf16(bfloat16* p, vec x) {
  const ivec bits = _mm512_castps_si512(x);
  const ivec odd = _mm512_and_si512(shift_right(bits, 16), ibroadcast(1));
  ivec rounded = iadd(iadd(bits, ibroadcast(0x7fff)), odd);
  rounded = _mm512_mask_or_epi32(rounded, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), bits,
                                 ibroadcast(0x400000));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                      _mm512_maskz_cvtepi32_epi16(static_cast<mask>(-1), shift_right(rounded, 16)));
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::avx512

#define FLIQE_KERNEL_NAMESPACE avx512
#include <fliqe/kernels/bf16_arithmetic.inl>
#include <fliqe/kernels/int8_arithmetic.inl>
#undef FLIQE_KERNEL_NAMESPACE

namespace fliqe::inline FLIQE_ABI::kernels::avx512 {

template <>
struct Arithmetic<Bf16> : Bf16Pairs {
  static constexpr TilePixels tile_pixels{14, 12, 0, 0};

  static Weights load_weights(const bfloat16* p) { return pairs_of(_mm512_loadu_si512(p)); }
  static Inputs load_inputs(const bfloat16* p) { return pairs_of(broadcast_word(p)); }

 private:
  static Pairs pairs_of(ivec words) {
    return {as_vec(_mm512_maskz_slli_epi32(static_cast<mask>(-1), words, 16)),
            as_vec(_mm512_and_si512(words, ibroadcast(static_cast<std::int32_t>(0xffff0000u))))};
  }
};

/// Multiplies 16-bit integers: two products of bytes do not fit in 16 bits, 255 * 127 * 2 > 32767.
template <>
struct Arithmetic<Int8> : Int8Sums {
  struct Pairs {
    __m512i even, odd;
  };
  using Inputs = Pairs;
  using Weights = Pairs;
  static constexpr TilePixels tile_pixels{14, 12, 0, 0};

  static Weights load_weights(const std::int8_t* p) {
    const __m512i bytes = _mm512_loadu_si512(p);
    return {_mm512_srai_epi16(_mm512_slli_epi16(bytes, 8), 8), _mm512_srai_epi16(bytes, 8)};
  }
  static Inputs load_inputs(const std::uint8_t* p) {
    const __m512i bytes = broadcast_word(p);
    return {_mm512_and_si512(bytes, ibroadcast(0x00ff00ff)), _mm512_srli_epi16(bytes, 8)};
  }
  static Sum multiply_add(const Inputs& x, const Weights& w, Sum sum) {
    const ivec products = iadd(_mm512_madd_epi16(x.even, w.even), _mm512_madd_epi16(x.odd, w.odd));
    return sum + (int8_sums)products;
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::avx512

#define FLIQE_KERNEL_NAMESPACE avx512
#include <fliqe/kernels/bf16_products.inl>
#undef FLIQE_KERNEL_NAMESPACE
FLIQE_TARGET_END

FLIQE_TARGET_BEGIN("avx512vnni,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

#define FLIQE_KERNEL_NAMESPACE avx512_vnni
#include <fliqe/kernels/convolution.inl>

namespace fliqe::inline FLIQE_ABI::kernels::avx512_vnni {

template <>
struct Arithmetic<Int8> : avx512::Int8Sums {
  using Inputs = __m512i;
  using Weights = __m512i;
  /// 24 to 28 of 32 registers accumulate.
  static constexpr TilePixels tile_pixels{14, 14, 0, 6};

  static Weights load_weights(const std::int8_t* p) { return _mm512_loadu_si512(p); }
  static Inputs load_inputs(const std::uint8_t* p) { return avx512::broadcast_word(p); }
  static Sum multiply_add(Inputs x, Weights w, Sum sum) {
    return (Sum)_mm512_dpbusd_epi32((__m512i)sum, x, w);
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::avx512_vnni
FLIQE_TARGET_END

#include <fliqe/kernels/table.inl>
#undef FLIQE_KERNEL_NAMESPACE

FLIQE_TARGET_BEGIN("avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

namespace fliqe::inline FLIQE_ABI::kernels::avx512_bf16 {

using namespace avx512;

/// As that of AVX-512 alone, in one instruction; subnormal numbers become 0.
inline void store_bf16(bfloat16* p, vec x) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), (__m256i)_mm512_cvtneps_pbh(x));
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::avx512_bf16

#define FLIQE_KERNEL_NAMESPACE avx512_bf16
#include <fliqe/kernels/bf16_arithmetic.inl>
#include <fliqe/kernels/convolution.inl>
#include <fliqe/kernels/winograd.inl>

namespace fliqe::inline FLIQE_ABI::kernels::avx512_bf16 {

template <>
struct Arithmetic<Bf16> : Bf16Sums {
  using Inputs = __m512i;  // words of two elements
  using Weights = __m512i;
  static constexpr TilePixels tile_pixels{14, 14, 0, 6};

  static Weights load_weights(const bfloat16* p) { return _mm512_loadu_si512(p); }
  static Inputs load_inputs(const bfloat16* p) { return broadcast_word(p); }
  static Sum multiply_add(Inputs x, Weights w, Sum sum) {
    return _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)w);
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::avx512_bf16

#include <fliqe/kernels/bf16_products.inl>
FLIQE_TARGET_END

#include <fliqe/kernels/table.inl>
#undef FLIQE_KERNEL_NAMESPACE
