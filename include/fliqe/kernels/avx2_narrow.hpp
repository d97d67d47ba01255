// SPDX-License-Identifier: MIT
/// @file
/// Convolutions in bytes and in bfloat16 on 256-bit vectors: with AVX-VNNI, and with AVX2 alone.
#pragma once

#include <fliqe/kernels/avx2.hpp>
#include <fliqe/kernels/baseline_narrow.hpp>
#include <fliqe/version.hpp>
#include <utility>

FLIQE_TARGET_BEGIN("avx2,fma")

namespace fliqe::inline FLIQE_ABI::kernels::avx2 {

/// Typed, unlike ivec: g++ 12 keeps arrays of it in registers.
using byte_sums = std::int32_t __attribute__((vector_size(32)));

inline ivec requantized(byte_sums sum, const float* scale, vec start) {
  return _mm256_cvtps_epi32(_mm256_fmadd_ps(_mm256_cvtepi32_ps((__m256i)sum), load(scale), start));
}
inline ivec requantize(byte_sums sum, const float* scale, const float* offset) {
  return requantized(sum, scale, load(offset));
}
inline ivec requantize(byte_sums sum, const float* scale, const float* offset, ivec residual,
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

inline constexpr std::array<int, 4> byte_tile_pixels{7, 4, 0, 0};

/// Pairs of 16 bits, since products of bytes do not fit them in pairs: 255 * 127 * 2 > 32767.
struct byte_pairs {
  __m256i even, odd;
};
using byte_inputs = byte_pairs;
using byte_weights = byte_pairs;

inline byte_inputs broadcast_inputs(const std::uint8_t* p) {
  const __m256i bytes = broadcast_word(p);
  return {_mm256_and_si256(bytes, ibroadcast(0x00ff00ff)), _mm256_srli_epi16(bytes, 8)};
}
inline byte_weights load_weights(const std::int8_t* p) {
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return {_mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8), _mm256_srai_epi16(bytes, 8)};
}
inline byte_sums dot(const byte_inputs& x, const byte_weights& w, byte_sums sum) {
  const ivec products = iadd(_mm256_madd_epi16(x.even, w.even), _mm256_madd_epi16(x.odd, w.odd));
  return sum + (byte_sums)products;
}

inline constexpr std::array<int, 4> bf16_tile_pixels{8, 4, 0, 0};

/// The first and the second element of each word, as floats.
struct bf16_pairs {
  vec even, odd;
};

inline bf16_pairs pairs_of(ivec words) {
  const ivec odd = ibroadcast(static_cast<std::int32_t>(0xffff0000u));
  return {_mm256_castsi256_ps(_mm256_slli_epi32(words, 16)),
          _mm256_castsi256_ps(_mm256_and_si256(words, odd))};
}
inline bf16_pairs load_pairs(const bfloat16* p) {
  return pairs_of(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline bf16_pairs broadcast_pair(const bfloat16* p) {
  return pairs_of(broadcast_word(p));
}
inline vec bf16_dot(const bf16_pairs& x, const bf16_pairs& w, vec sum) {
  return fma(x.odd, w.odd, fma(x.even, w.even, sum));
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
#include <fliqe/kernels/byte_arithmetic.inl>
#include <fliqe/kernels/narrow_convolution.inl>
FLIQE_TARGET_END

#include <fliqe/kernels/narrow_table.inl>
#undef FLIQE_KERNEL_NAMESPACE

namespace fliqe::inline FLIQE_ABI::kernels::avx2 {
inline constexpr QuantizedTable quantized_table = narrow_table<ByteArithmetic>("avx2", isa);
inline constexpr Bf16Table bf16_table = narrow_table<Bf16Arithmetic>("avx2", isa);
}  // namespace fliqe::inline FLIQE_ABI::kernels::avx2

FLIQE_TARGET_BEGIN("avxvnni,avx2,fma")

namespace fliqe::inline FLIQE_ABI::kernels::avx_vnni {

using namespace avx2;

/// Pixels in a tile of 1, 2 or 4 vectors: 12 to 14 of 16 registers accumulate.
inline constexpr std::array<int, 4> byte_tile_pixels{14, 6, 0, 0};

using byte_inputs = __m256i;
using byte_weights = __m256i;

inline byte_inputs broadcast_inputs(const std::uint8_t* p) {
  return broadcast_word(p);
}
inline byte_weights load_weights(const std::int8_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
inline byte_sums dot(byte_inputs x, byte_weights w, byte_sums sum) {
  return (byte_sums)_mm256_dpbusd_avx_epi32((__m256i)sum, x, w);
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::avx_vnni

#define FLIQE_KERNEL_NAMESPACE avx_vnni
#include <fliqe/kernels/accumulate.inl>
#include <fliqe/kernels/byte_arithmetic.inl>
#include <fliqe/kernels/narrow_convolution.inl>
FLIQE_TARGET_END

#include <fliqe/kernels/narrow_table.inl>
#undef FLIQE_KERNEL_NAMESPACE

namespace fliqe::inline FLIQE_ABI::kernels::avx_vnni {
inline bool has_dot(const CpuFeatures& cpu) {
  return cpu.avx_vnni;
}
inline constexpr QuantizedTable quantized_table =
    narrow_table<ByteArithmetic>("avx_vnni", isa, has_dot);
}  // namespace fliqe::inline FLIQE_ABI::kernels::avx_vnni
