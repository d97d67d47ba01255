// SPDX-License-Identifier: MIT
/// @file
/// AVX-512 vectors and the kernels built on them.
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

FLIQE_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

namespace fliqe::inline FLIQE_ABI::kernels::avx512 {

inline constexpr int width = 16;
/// Output pixels that a tile of 1, 2 or 4 vectors holds in registers: up to 28 of 32 accumulate.
inline constexpr TilePixels f32_tile_pixels{14, 14, 0, 6};

using vec = __m512;
using mask = __mmask16;

inline vec zero() {
  return _mm512_setzero_ps();
}
inline vec broadcast(const float* p) {
  return _mm512_set1_ps(*p);
}
inline vec load(const float* p) {
  return _mm512_loadu_ps(p);
}
inline void store(float* p, vec x) {
  _mm512_storeu_ps(p, x);
}
inline vec add(vec a, vec b) {
  return _mm512_add_ps(a, b);
}
inline vec mul(vec a, vec b) {
  return _mm512_mul_ps(a, b);
}
inline vec fma(vec a, vec b, vec c) {
  return _mm512_fmadd_ps(a, b, c);
}
/// The second operand where either is NaN.
inline vec max(vec a, vec b) {
  // The zero-masked form: g++ 12 warns of an uninitialised operand in the plain one.
  return _mm512_maskz_max_ps(static_cast<mask>(-1), a, b);
}

inline mask first_lanes(int count) {
  return static_cast<mask>((1u << count) - 1u);
}
inline vec load(const float* p, mask m) {
  return _mm512_maskz_loadu_ps(m, p);
}
inline void store(float* p, vec x, mask m) {
  _mm512_mask_storeu_ps(p, m, x);
}

/// Vectors of 32-bit integers, for resampling; masked forms, as in max().
inline constexpr int ilanes = 16;

using ivec = __m512i;

inline ivec ibroadcast(std::int32_t value) {
  return _mm512_set1_epi32(value);
}
inline ivec iload(const std::int32_t* p) {
  return _mm512_loadu_si512(p);
}
inline ivec iload_bytes(const std::uint8_t* p) {
  return _mm512_maskz_cvtepu8_epi32(static_cast<mask>(-1),
                                    _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline ivec shift_right(ivec x, int bits) {
  return _mm512_maskz_srl_epi32(static_cast<mask>(-1), x, _mm_cvtsi32_si128(bits));
}
inline ivec byte_of(ivec word, int index) {
  return _mm512_and_si512(shift_right(word, 8 * index), ibroadcast(255));
}
inline ivec iadd(ivec a, ivec b) {
  return _mm512_add_epi32(a, b);
}
inline ivec imul(ivec a, ivec b) {
  return _mm512_mullo_epi32(a, b);
}
/// Fixed point sums, which are not negative, to bytes.
inline void store_bytes(std::uint8_t* p, ivec sum) {
  const __m128i bytes = _mm512_maskz_cvtusepi32_epi8(static_cast<mask>(-1),
                                                     shift_right(sum, resample_precision_bits));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bytes);
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::avx512

#define FLIQE_KERNEL_NAMESPACE avx512
#include <fliqe/kernels/convolution.inl>
#include <fliqe/kernels/elementwise.inl>
#include <fliqe/kernels/f32_broadcast.inl>
#include <fliqe/kernels/pooling.inl>
#include <fliqe/kernels/resample.inl>
FLIQE_TARGET_END

#include <fliqe/kernels/table.inl>
#include <fliqe/kernels/vector_kernels.inl>
#undef FLIQE_KERNEL_NAMESPACE
