// SPDX-License-Identifier: MIT
/// @file
/// Int8 and Bf16 for the architecture that the translation unit is compiled for.
#pragma once

#include <cmath>
#include <fliqe/kernels/baseline.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_BASELINE_NAMESPACE {

using int8_sums = ivec;

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

inline vec widened(const bfloat16* p, int step) {
  std::array<float, vec::size> values;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = to_float(p[i * step]);
  return load(values.data());
}
inline vec load_bf16(const bfloat16* p) {
  return widened(p, 1);
}
inline void store_bf16(bfloat16* p, vec x) {
  std::array<float, vec::size> values;
  store(values.data(), x);
  for (std::size_t i = 0; i < values.size(); ++i) p[i] = to_bfloat16(values[i]);
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_BASELINE_NAMESPACE

#define FLIQE_KERNEL_NAMESPACE FLIQE_BASELINE_NAMESPACE
#include <fliqe/kernels/bf16_arithmetic.inl>
#include <fliqe/kernels/int8_arithmetic.inl>
#undef FLIQE_KERNEL_NAMESPACE

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_BASELINE_NAMESPACE {

template <>
struct Arithmetic<Bf16> : Bf16Pairs {
  static constexpr TilePixels tile_pixels{10, 4, 0, 0};

  static Weights load_weights(const bfloat16* p) { return {widened(p, 2), widened(p + 1, 2)}; }
  static Inputs load_inputs(const bfloat16* p) {
    return {vec(to_float(p[0])), vec(to_float(p[1]))};
  }
};

template <>
struct Arithmetic<Int8> : Int8Sums {
  using Inputs = std::array<std::int32_t, 4>;
  using Weights = const std::int8_t*;  // [lane][4]
  static constexpr TilePixels tile_pixels{4, 0, 0, 0};

  static Weights load_weights(const std::int8_t* p) { return p; }
  static Inputs load_inputs(const std::uint8_t* p) { return {p[0], p[1], p[2], p[3]}; }
  static Sum multiply_add(const Inputs& x, Weights w, const Sum& sum) {
    return for_each_lane([&](int i) {
      const std::int8_t* lane = w + 4 * i;
      return sum.lane[i] + x[0] * lane[0] + x[1] * lane[1] + x[2] * lane[2] + x[3] * lane[3];
    });
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_BASELINE_NAMESPACE

#define FLIQE_KERNEL_NAMESPACE FLIQE_BASELINE_NAMESPACE
#include <fliqe/kernels/bf16_products.inl>
#undef FLIQE_KERNEL_NAMESPACE
