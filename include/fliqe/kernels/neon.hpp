// SPDX-License-Identifier: MIT
/// @file
/// NEON vectors of 64-bit ARM and the kernels built on them. Instructions multiply by one element
/// of a vector, so that one load of inputs brings four words.
#pragma once

#include <arm_neon.h>

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

FLIQE_NEON_TARGET_BEGIN

namespace fliqe::inline FLIQE_ABI::kernels::neon {

inline constexpr int width = 4;
/// 16 to 20 of 32 registers accumulate, the others hold inputs and weights.
inline constexpr TilePixels f32_tile_pixels{0, 8, 0, 5};

using vec = float32x4_t;

/// The first `count` lanes; there are no masked loads, so they go through a small array.
struct mask {
  int count;
};

inline vec zero() {
  return vdupq_n_f32(0);
}
inline vec broadcast(const float* p) {
  return vld1q_dup_f32(p);
}
inline vec load(const float* p) {
  return vld1q_f32(p);
}
inline void store(float* p, vec x) {
  vst1q_f32(p, x);
}
inline vec add(vec a, vec b) {
  return vaddq_f32(a, b);
}
inline vec mul(vec a, vec b) {
  return vmulq_f32(a, b);
}
inline vec fma(vec a, vec b, vec c) {
  return vfmaq_f32(c, a, b);
}
/// NaN where either is NaN.
inline vec max(vec a, vec b) {
  return vmaxq_f32(a, b);
}

/// Loads consecutive vectors, 1, 2 or 4, and steps `p` past them. Compilers do not see that the
/// next address follows from this one, so that they leave all of them in one register.
template <class Vector, int Count, class Element>
[[gnu::always_inline]] inline void load_next(const Element*& p, Vector (&to)[Count]) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(p);
  if constexpr (Count == 1) {
    to[0] = (Vector)vld1q_u8(bytes);
  } else if constexpr (Count == 2) {
    const uint8x16x2_t vectors = vld1q_u8_x2(bytes);
    FLIQE_UNROLL for (int i = 0; i < Count; ++i) to[i] = (Vector)vectors.val[i];
  } else {
    const uint8x16x4_t vectors = vld1q_u8_x4(bytes);
    FLIQE_UNROLL for (int i = 0; i < Count; ++i) to[i] = (Vector)vectors.val[i];
  }
  p += Count * sizeof(Vector) / sizeof(Element);
  __asm__("" : "+r"(p));
}

inline mask first_lanes(int count) {
  return {count};
}
inline vec load(const float* p, mask m) {
  float lanes[width] = {};
  std::copy_n(p, m.count, lanes);
  return load(lanes);
}
inline void store(float* p, vec x, mask m) {
  float lanes[width];
  store(lanes, x);
  std::copy_n(lanes, m.count, p);
}

/// Vectors of 32-bit integers, for resampling.
inline constexpr int ilanes = 4;

using ivec = int32x4_t;

inline ivec ibroadcast(std::int32_t value) {
  return vdupq_n_s32(value);
}
inline ivec iload(const std::int32_t* p) {
  return vld1q_s32(p);
}
/// Four bytes as they are, in every lane.
inline uint32x4_t broadcast_word(const void* p) {
  std::uint32_t word;
  std::memcpy(&word, p, sizeof(word));
  return vdupq_n_u32(word);
}
inline ivec iload_bytes(const std::uint8_t* p) {
  const uint8x8_t bytes = vreinterpret_u8_u32(vget_low_u32(broadcast_word(p)));
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(bytes))));
}
inline ivec byte_of(ivec word, int index) {
  return vandq_s32(vshlq_s32(word, ibroadcast(-8 * index)), ibroadcast(255));
}
inline ivec iadd(ivec a, ivec b) {
  return vaddq_s32(a, b);
}
inline ivec imul(ivec a, ivec b) {
  return vmulq_s32(a, b);
}

inline void store_word(std::uint8_t* p, uint8x8_t bytes) {
  const std::uint32_t word = vget_lane_u32(vreinterpret_u32_u8(bytes), 0);
  std::memcpy(p, &word, sizeof(word));
}
/// Fixed point sums, which are not negative, to bytes.
inline void store_bytes(std::uint8_t* p, ivec sum) {
  const int16x4_t values = vqmovn_s32(vshrq_n_s32(sum, resample_precision_bits));
  store_word(p, vqmovun_s16(vcombine_s16(values, values)));
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::neon

#define FLIQE_KERNEL_NAMESPACE neon
#include <fliqe/kernels/convolution.inl>
#include <fliqe/kernels/elementwise.inl>
#include <fliqe/kernels/f32_arithmetic.inl>
#include <fliqe/kernels/pooling.inl>
#include <fliqe/kernels/resample.inl>

namespace fliqe::inline FLIQE_ABI::kernels::neon {

template <>
struct Arithmetic<F32> : F32Sums {
  using Inputs = vec;
  static constexpr int input_words = 4, load_vectors = 4;

  template <int Count>
  static void load_next_weights(const float*& p, Weights (&w)[Count]) {
    load_next(p, w);
  }
  template <int Words>
  static Inputs load_inputs(const float* p) {
    return Words == 1 ? broadcast(p) : load(p);
  }
  template <int Word>
  static Sum multiply_add(Inputs x, Weights w, Sum sum) {
    return vfmaq_laneq_f32(sum, w, x, Word);
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::neon
FLIQE_TARGET_END

#include <fliqe/kernels/table.inl>
#include <fliqe/kernels/vector_kernels.inl>
#undef FLIQE_KERNEL_NAMESPACE
