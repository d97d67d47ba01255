// SPDX-License-Identifier: MIT
/// @file
/// Portable vectors (xsimd, for the architecture that the translation unit is compiled for) and the
/// kernels built on them.
#pragma once

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
#include <xsimd/xsimd.hpp>

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_BASELINE_NAMESPACE {

using vec = xsimd::batch<float>;

inline constexpr int width = static_cast<int>(vec::size);
/// Output pixels that a tile of 2 vectors holds in 16 registers.
inline constexpr TilePixels f32_tile_pixels{0, 6, 0, 0};

/// The first `count` lanes; the portable way to touch them is through a small array.
struct mask {
  int count;
};

inline vec zero() {
  return vec(0.0f);
}
inline vec broadcast(const float* p) {
  return vec(*p);
}
inline vec load(const float* p) {
  return vec::load_unaligned(p);
}
inline void store(float* p, vec x) {
  x.store_unaligned(p);
}
inline vec add(vec a, vec b) {
  return a + b;
}
inline vec mul(vec a, vec b) {
  return a * b;
}
inline vec fma(vec a, vec b, vec c) {
  return xsimd::fma(a, b, c);
}
/// The second operand where either is NaN.
inline vec max(vec a, vec b) {
  return xsimd::select(a > b, a, b);
}

inline mask first_lanes(int count) {
  return {count};
}
inline vec load(const float* p, mask m) {
  std::array<float, vec::size> lanes{};
  std::copy_n(p, m.count, lanes.begin());
  return load(lanes.data());
}
inline void store(float* p, vec x, mask m) {
  std::array<float, vec::size> lanes;
  store(lanes.data(), x);
  std::copy_n(lanes.begin(), m.count, p);
}

/// Vectors of 32-bit integers, for resampling: arrays whose loops compilers make vectors of.
inline constexpr int ilanes = 16;

struct ivec {
  std::int32_t lane[ilanes];
};

template <class Function>
inline ivec for_each_lane(const Function& function) {
  ivec result;
  for (int i = 0; i < ilanes; ++i) result.lane[i] = function(i);
  return result;
}

inline ivec ibroadcast(std::int32_t value) {
  return for_each_lane([&](int) { return value; });
}
inline ivec iload(const std::int32_t* p) {
  return for_each_lane([&](int i) { return p[i]; });
}
inline ivec iload_bytes(const std::uint8_t* p) {
  return for_each_lane([&](int i) { return std::int32_t{p[i]}; });
}
inline ivec byte_of(const ivec& word, int index) {
  return for_each_lane([&](int i) { return (word.lane[i] >> (8 * index)) & 255; });
}
inline ivec iadd(const ivec& a, const ivec& b) {
  return for_each_lane([&](int i) { return a.lane[i] + b.lane[i]; });
}
inline ivec imul(const ivec& a, const ivec& b) {
  return for_each_lane([&](int i) { return a.lane[i] * b.lane[i]; });
}
inline void store_bytes(std::uint8_t* p, const ivec& sum) {
  for (int i = 0; i < ilanes; ++i) {
    p[i] = static_cast<std::uint8_t>(std::clamp(sum.lane[i] >> resample_precision_bits, 0, 255));
  }
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_BASELINE_NAMESPACE

#define FLIQE_KERNEL_NAMESPACE FLIQE_BASELINE_NAMESPACE
#include <fliqe/kernels/convolution.inl>
#include <fliqe/kernels/elementwise.inl>
#include <fliqe/kernels/f32_broadcast.inl>
#include <fliqe/kernels/pooling.inl>
#include <fliqe/kernels/resample.inl>
// The tables name them all.
#include <fliqe/kernels/table.inl>
#include <fliqe/kernels/vector_kernels.inl>
#undef FLIQE_KERNEL_NAMESPACE
