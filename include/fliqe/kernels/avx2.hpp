// SPDX-License-Identifier: MIT
/// @file
/// AVX2 + FMA vectors and the kernels built on them.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fliqe/kernels/kernel_table.hpp>
#include <fliqe/kernels/target.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <type_traits>
#include <utility>

FLIQE_TARGET_BEGIN("avx2,fma")

namespace fliqe::inline FLIQE_ABI::kernels::avx2 {

inline constexpr int width = 8;
/// Output pixels that a tile of 2 vectors holds in registers: 12 of 16 accumulate.
inline constexpr TilePixels f32_tile_pixels{0, 6, 0, 0};

using vec = __m256;
using mask = __m256i;

inline vec zero() {
  return _mm256_setzero_ps();
}
inline vec broadcast(const float* p) {
  return _mm256_broadcast_ss(p);
}
inline vec load(const float* p) {
  return _mm256_loadu_ps(p);
}
inline void store(float* p, vec x) {
  _mm256_storeu_ps(p, x);
}
inline vec add(vec a, vec b) {
  return _mm256_add_ps(a, b);
}
inline vec mul(vec a, vec b) {
  return _mm256_mul_ps(a, b);
}
inline vec fma(vec a, vec b, vec c) {
  return _mm256_fmadd_ps(a, b, c);
}
/// The second operand where either is NaN.
inline vec max(vec a, vec b) {
  return _mm256_max_ps(a, b);
}

inline mask first_lanes(int count) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lanes);
}
inline vec load(const float* p, mask m) {
  return _mm256_maskload_ps(p, m);
}
inline void store(float* p, vec x, mask m) {
  _mm256_maskstore_ps(p, m, x);
}

/// Vectors of 32-bit integers, for resampling.
inline constexpr int ilanes = 8;

using ivec = __m256i;

inline ivec ibroadcast(std::int32_t value) {
  return _mm256_set1_epi32(value);
}
inline ivec iload(const std::int32_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
inline ivec iload_bytes(const std::uint8_t* p) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
}
inline ivec byte_of(ivec word, int index) {
  return _mm256_and_si256(_mm256_srl_epi32(word, _mm_cvtsi32_si128(8 * index)), ibroadcast(255));
}
inline ivec iadd(ivec a, ivec b) {
  return _mm256_add_epi32(a, b);
}
inline ivec imul(ivec a, ivec b) {
  return _mm256_mullo_epi32(a, b);
}
/// Fixed point sums, which are not negative, to bytes.
inline void store_bytes(std::uint8_t* p, ivec sum) {
  const __m256i values = _mm256_srli_epi32(sum, resample_precision_bits);
  const __m128i words =
      _mm_packus_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(words, words));
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::avx2

#define FLIQE_KERNEL_NAMESPACE avx2
#include <fliqe/kernels/convolution.inl>
#include <fliqe/kernels/elementwise.inl>
#include <fliqe/kernels/f32_broadcast.inl>
#include <fliqe/kernels/pooling.inl>
#include <fliqe/kernels/resample.inl>
FLIQE_TARGET_END

#include <fliqe/kernels/table.inl>
#include <fliqe/kernels/vector_kernels.inl>
#undef FLIQE_KERNEL_NAMESPACE
