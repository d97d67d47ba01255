// SPDX-License-Identifier: MIT
/// @file
/// Int8 and Bf16 on NEON alone: no instruction multiplies four bytes or bfloat16.
#pragma once

#include <fliqe/kernels/neon.hpp>
#include <fliqe/version.hpp>

FLIQE_NEON_TARGET_BEGIN

namespace fliqe::inline FLIQE_ABI::kernels::neon {

using int8_sums = ivec;

inline ivec requantized(ivec sum, const float* scale, vec start) {
  return vcvtnq_s32_f32(fma(vcvtq_f32_s32(sum), load(scale), start));
}
inline ivec requantize(ivec sum, const float* scale, const float* offset) {
  return requantized(sum, scale, load(offset));
}
inline ivec requantize(ivec sum, const float* scale, const float* offset, ivec residual,
                       float residual_scale) {
  return requantized(sum, scale,
                     fma(vcvtq_f32_s32(residual), broadcast(&residual_scale), load(offset)));
}

inline ivec scaled(const float* x, float factor) {
  return vcvtnq_s32_f32(mul(load(x), broadcast(&factor)));
}

/// Bytes to sums in the order of channel_of_lane().
inline void load_bytes(const std::uint8_t* p, ivec (&values)[4]) {
  const uint8x16_t bytes = vld1q_u8(p);
  const uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_high_u8(bytes);
  values[0] = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(low)));
  values[1] = vreinterpretq_s32_u32(vmovl_high_u16(low));
  values[2] = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(high)));
  values[3] = vreinterpretq_s32_u32(vmovl_high_u16(high));
}

/// The inverse, clamped to 0 ... 255.
inline void store_saturated(std::uint8_t* p, const ivec (&values)[1]) {
  const int16x4_t words = vqmovn_s32(values[0]);
  store_word(p, vqmovun_s16(vcombine_s16(words, words)));
}
inline void store_saturated(std::uint8_t* p, const ivec (&values)[4]) {
  const int16x8_t low = vqmovn_high_s32(vqmovn_s32(values[0]), values[1]);
  const int16x8_t high = vqmovn_high_s32(vqmovn_s32(values[2]), values[3]);
  vst1q_u8(p, vqmovun_high_s16(vqmovun_s16(low), high));
}

inline vec load_bf16(const bfloat16* p) {
  const uint16x4_t half = vld1_u16(reinterpret_cast<const std::uint16_t*>(p));
  return vreinterpretq_f32_u32(vshll_n_u16(half, 16));
}
/// To nearest, ties to even; NaN stays NaN.
inline void store_bf16(bfloat16* p, vec x) {
  const uint32x4_t bits = vreinterpretq_u32_f32(x);
  const uint32x4_t odd = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
  const uint32x4_t rounded = vaddq_u32(vaddq_u32(bits, vdupq_n_u32(0x7fff)), odd);
  const uint32x4_t quiet = vorrq_u32(bits, vdupq_n_u32(0x400000));
  const uint32x4_t kept = vbslq_u32(vceqq_f32(x, x), rounded, quiet);
  vst1_u16(reinterpret_cast<std::uint16_t*>(p), vshrn_n_u32(kept, 16));
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::neon

#define FLIQE_KERNEL_NAMESPACE neon
#include <fliqe/kernels/bf16_arithmetic.inl>
#include <fliqe/kernels/int8_arithmetic.inl>
#undef FLIQE_KERNEL_NAMESPACE

namespace fliqe::inline FLIQE_ABI::kernels::neon {

template <>
struct Arithmetic<Bf16> : Bf16Pairs {
  static constexpr int input_words = 4, load_vectors = 1;
  static constexpr TilePixels tile_pixels{0, 0, 0, 4};

  static void load_next_weights(const bfloat16*& p, Weights (&w)[1]) {
    uint32x4_t words[1];
    load_next(p, words);
    w[0] = pairs_of(words[0]);
  }
  template <int Words>
  static Inputs load_inputs(const bfloat16* p) {
    if constexpr (Words == 1) {
      return pairs_of(broadcast_word(p));
    } else {
      return pairs_of(vld1q_u32(reinterpret_cast<const std::uint32_t*>(p)));
    }
  }
  template <int Word>
  static Sum multiply_add(const Inputs& x, const Weights& w, Sum sum) {
    return vfmaq_laneq_f32(vfmaq_laneq_f32(sum, w.even, x.even, Word), w.odd, x.odd, Word);
  }

 private:
  static Pairs pairs_of(uint32x4_t words) {
    return {vreinterpretq_f32_u32(vshlq_n_u32(words, 16)),
            vreinterpretq_f32_u32(vandq_u32(words, vdupq_n_u32(0xffff0000u)))};
  }
};

/// Inputs as signed bytes, 128 less than they are; sums begin with what that takes away.
struct SignedInputs : Int8Sums {
  static constexpr bool signed_inputs = true;
  static constexpr int input_words = 4;

  /// @return `Words` words of inputs, the first of them in every lane if it is one
  template <int Words>
  static int8x16_t load_signed(const std::uint8_t* p) {
    const uint8x16_t bytes = Words == 1 ? vreinterpretq_u8_u32(broadcast_word(p)) : vld1q_u8(p);
    return vreinterpretq_s8_u8(veorq_u8(bytes, vdupq_n_u8(128)));
  }
  static ivec first_sum(const Arguments& arguments, const ConvolutionRange&, std::size_t lane) {
    return vshlq_n_s32(iload(arguments.weight_sum + lane), 7);
  }
};

/// Products of bytes in 16 bits, added in pairs to sums of 32 bits.
template <>
struct Arithmetic<Int8> : SignedInputs {
  using Inputs = int8x16_t;
  using Weights = int8x16_t;
  /// Two sums for each channel, of the first and of the second half of each word.
  struct PartialSum {
    ivec low, high;
  };
  static constexpr int load_vectors = 1;
  static constexpr TilePixels tile_pixels{0, 0, 0, 3};

  static PartialSum first_sum(const Arguments& arguments, const ConvolutionRange& range,
                              std::size_t lane) {
    const ivec sum = SignedInputs::first_sum(arguments, range, lane);
    return {vzip1q_s32(sum, ibroadcast(0)), vzip2q_s32(sum, ibroadcast(0))};
  }
  static void load_next_weights(const std::int8_t*& p, Weights (&w)[1]) { load_next(p, w); }
  template <int Words>
  static Inputs load_inputs(const std::uint8_t* p) {
    return load_signed<Words>(p);
  }
  template <int Word>
  static PartialSum multiply_add(Inputs inputs, Weights w, const PartialSum& sum) {
    const int8x16_t x = vreinterpretq_s8_s32(vdupq_laneq_s32(vreinterpretq_s32_s8(inputs), Word));
    return {vpadalq_s16(sum.low, vmull_s8(vget_low_s8(x), vget_low_s8(w))),
            vpadalq_s16(sum.high, vmull_high_s8(x, w))};
  }
  static Sum sum_of_pixel(const PartialSum& sum, int) { return vpaddq_s32(sum.low, sum.high); }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::neon

#define FLIQE_KERNEL_NAMESPACE neon
#include <fliqe/kernels/bf16_products.inl>
#undef FLIQE_KERNEL_NAMESPACE
FLIQE_TARGET_END
