// SPDX-License-Identifier: MIT
/// @file
/// Convolutions in bytes and in bfloat16 for whatever the including translation unit is compiled
/// for.
#pragma once

#include <cmath>
#include <fliqe/kernels/baseline.hpp>
#include <fliqe/version.hpp>
#include <utility>

namespace fliqe::inline FLIQE_ABI::kernels::baseline {

inline constexpr std::array<int, 4> byte_tile_pixels{4, 0, 0, 0};

using byte_inputs = std::array<std::int32_t, 4>;
using byte_sums = ivec;
using byte_weights = const std::int8_t*;  // [lane][4]

inline byte_weights load_weights(const std::int8_t* p) {
  return p;
}
inline byte_inputs broadcast_inputs(const std::uint8_t* p) {
  return {p[0], p[1], p[2], p[3]};
}
inline ivec dot(const byte_inputs& x, byte_weights w, const ivec& sum) {
  return for_each_lane([&](int i) {
    const std::int8_t* lane = w + 4 * i;
    return sum.lane[i] + x[0] * lane[0] + x[1] * lane[1] + x[2] * lane[2] + x[3] * lane[3];
  });
}

inline std::int32_t requantize(std::int32_t sum, float scale, float offset) {
  return static_cast<std::int32_t>(std::lrint(std::fma(static_cast<float>(sum), scale, offset)));
}
inline ivec requantize(const ivec& sum, const float* scale, const float* offset) {
  return for_each_lane([&](int i) { return requantize(sum.lane[i], scale[i], offset[i]); });
}
inline ivec requantize(const ivec& sum, const float* scale, const float* offset,
                       const ivec& residual, float residual_scale) {
  return for_each_lane([&](int i) {
    const float start = std::fma(static_cast<float>(residual.lane[i]), residual_scale, offset[i]);
    return requantize(sum.lane[i], scale[i], start);
  });
}

inline ivec scaled(const float* x, float factor) {
  return for_each_lane([&](int i) { return static_cast<std::int32_t>(std::lrint(x[i] * factor)); });
}

inline void load_bytes(const std::uint8_t* p, ivec (&values)[1]) {
  values[0] = iload_bytes(p);
}
inline void store_saturated(std::uint8_t* p, const ivec (&values)[1]) {
  for (int i = 0; i < ilanes; ++i) {
    p[i] = static_cast<std::uint8_t>(std::clamp(values[0].lane[i], 0, 255));
  }
}

inline constexpr std::array<int, 4> bf16_tile_pixels{10, 4, 0, 0};

/// The first and the second element of each word.
struct bf16_pairs {
  vec even, odd;
};

inline vec widened(const bfloat16* p, int step) {
  std::array<float, vec::size> values;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = to_float(p[i * step]);
  return load(values.data());
}
inline bf16_pairs load_pairs(const bfloat16* p) {
  return {widened(p, 2), widened(p + 1, 2)};
}
inline bf16_pairs broadcast_pair(const bfloat16* p) {
  return {vec(to_float(p[0])), vec(to_float(p[1]))};
}
inline vec bf16_dot(const bf16_pairs& x, const bf16_pairs& w, vec sum) {
  return fma(x.odd, w.odd, fma(x.even, w.even, sum));
}
inline vec load_bf16(const bfloat16* p) {
  return widened(p, 1);
}
inline void store_bf16(bfloat16* p, vec x) {
  std::array<float, vec::size> values;
  store(values.data(), x);
  for (std::size_t i = 0; i < values.size(); ++i) p[i] = to_bfloat16(values[i]);
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::baseline

#define FLIQE_KERNEL_NAMESPACE baseline
#include <fliqe/kernels/bf16_arithmetic.inl>
#include <fliqe/kernels/byte_arithmetic.inl>
#include <fliqe/kernels/narrow_convolution.inl>
#include <fliqe/kernels/narrow_table.inl>
#undef FLIQE_KERNEL_NAMESPACE

namespace fliqe::inline FLIQE_ABI::kernels::baseline {
inline constexpr QuantizedTable quantized_table = narrow_table<ByteArithmetic>("portable", isa);
inline constexpr Bf16Table bf16_table = narrow_table<Bf16Arithmetic>("portable", isa);
}  // namespace fliqe::inline FLIQE_ABI::kernels::baseline
