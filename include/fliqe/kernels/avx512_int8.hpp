// SPDX-License-Identifier: MIT
/// @file
/// Convolutions in bytes on 512-bit vectors: with AVX512-VNNI, and without.
#pragma once

#include <fliqe/kernels/avx512.hpp>
#include <utility>

FLIQE_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

namespace fliqe::kernels::avx512 {

/// Typed, unlike ivec: g++ 12 keeps arrays of it in registers.
using byte_sums = std::int32_t __attribute__((vector_size(64)));

inline vec to_float(ivec x) {
  return _mm512_maskz_cvtepi32_ps(static_cast<mask>(-1), x);
}
inline ivec requantized(byte_sums sum, const float* scale, vec start) {
  return _mm512_maskz_cvtps_epi32(static_cast<mask>(-1),
                                  fma(to_float((__m512i)sum), load(scale), start));
}
inline ivec requantize(byte_sums sum, const float* scale, const float* offset) {
  return requantized(sum, scale, load(offset));
}
inline ivec requantize(byte_sums sum, const float* scale, const float* offset, ivec residual,
                       float residual_scale) {
  return requantized(sum, scale, fma(to_float(residual), broadcast(&residual_scale), load(offset)));
}

inline ivec scaled(const float* x, float factor) {
  return _mm512_maskz_cvtps_epi32(static_cast<mask>(-1), mul(load(x), broadcast(&factor)));
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

inline constexpr std::string_view quantized_name = "avx512";
inline constexpr std::array<int, 4> byte_tile_pixels{14, 12, 0, 0};

/// Pairs of 16 bits, since products of bytes do not fit them in pairs: 255 * 127 * 2 > 32767.
struct byte_pairs {
  __m512i even, odd;
};
using byte_inputs = byte_pairs;
using byte_weights = byte_pairs;

inline byte_inputs broadcast_inputs(const std::uint8_t* p) {
  std::int32_t word;
  std::memcpy(&word, p, sizeof(word));
  const __m512i bytes = ibroadcast(word);
  return {_mm512_and_si512(bytes, ibroadcast(0x00ff00ff)), _mm512_srli_epi16(bytes, 8)};
}
inline byte_weights load_weights(const std::int8_t* p) {
  const __m512i bytes = _mm512_loadu_si512(p);
  return {_mm512_srai_epi16(_mm512_slli_epi16(bytes, 8), 8), _mm512_srai_epi16(bytes, 8)};
}
inline byte_sums dot(const byte_inputs& x, const byte_weights& w, byte_sums sum) {
  const ivec products = iadd(_mm512_madd_epi16(x.even, w.even), _mm512_madd_epi16(x.odd, w.odd));
  return sum + (byte_sums)products;
}

}  // namespace fliqe::kernels::avx512

#define FLIQE_KERNEL_NAMESPACE avx512
#include <fliqe/kernels/quantized_convolution.inl>
FLIQE_TARGET_END

namespace fliqe::kernels::avx512 {
inline bool has_dot(const CpuFeatures&) {
  return true;
}
}  // namespace fliqe::kernels::avx512

#include <fliqe/kernels/quantized_table.inl>
#undef FLIQE_KERNEL_NAMESPACE

FLIQE_TARGET_BEGIN("avx512vnni,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

namespace fliqe::kernels::avx512_vnni {

using namespace avx512;

inline constexpr std::string_view quantized_name = "avx512_vnni";
/// Pixels in a tile of 1, 2 or 4 vectors: 24 to 28 of 32 registers accumulate.
inline constexpr std::array<int, 4> byte_tile_pixels{14, 14, 0, 6};

using byte_inputs = __m512i;
using byte_weights = __m512i;

inline byte_inputs broadcast_inputs(const std::uint8_t* p) {
  std::int32_t word;
  std::memcpy(&word, p, sizeof(word));
  return _mm512_set1_epi32(word);
}
inline byte_weights load_weights(const std::int8_t* p) {
  return _mm512_loadu_si512(p);
}
inline byte_sums dot(byte_inputs x, byte_weights w, byte_sums sum) {
  return (byte_sums)_mm512_dpbusd_epi32((__m512i)sum, x, w);
}

}  // namespace fliqe::kernels::avx512_vnni

#define FLIQE_KERNEL_NAMESPACE avx512_vnni
#include <fliqe/kernels/accumulate.inl>
#include <fliqe/kernels/quantized_convolution.inl>
FLIQE_TARGET_END

namespace fliqe::kernels::avx512_vnni {
inline bool has_dot(const CpuFeatures& cpu) {
  return cpu.avx512_vnni;
}
}  // namespace fliqe::kernels::avx512_vnni

#include <fliqe/kernels/quantized_table.inl>
#undef FLIQE_KERNEL_NAMESPACE
