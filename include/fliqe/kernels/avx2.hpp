// SPDX-License-Identifier: MIT
/// @file
/// AVX2 + FMA vectors and the kernels built on them.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <fliqe/kernels/jobs.hpp>
#include <fliqe/kernels/target.hpp>
#include <limits>

FLIQE_TARGET_BEGIN("avx2,fma")

namespace fliqe::kernels::avx2 {

inline constexpr Isa isa = Isa::avx2;
inline constexpr int width = 8;
/// Output pixels that a tile of 1, 2 or 4 vectors holds in registers: 12 to 14 of 16 accumulate.
inline constexpr std::array<int, 4> tile_pixels{14, 6, 0, 0};

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

}  // namespace fliqe::kernels::avx2

#define FLIQE_KERNEL_NAMESPACE avx2
#include <fliqe/kernels/convolution.inl>
#include <fliqe/kernels/elementwise.inl>
#include <fliqe/kernels/pooling.inl>
#include <fliqe/kernels/winograd.inl>
FLIQE_TARGET_END

#include <fliqe/kernels/table.inl>
#undef FLIQE_KERNEL_NAMESPACE
