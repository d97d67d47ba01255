// SPDX-License-Identifier: MIT
/// @file
/// Int8 and Bf16 by the matrix products of Armv8.6 (FEAT_I8MM, FEAT_BF16). An instruction
/// multiplies 2 pixels by 2 channels, 8 bytes deep. In assembly, as in dotprod.hpp.
#pragma once

#include <fliqe/kernels/neon_reduced.hpp>
#include <fliqe/version.hpp>

/// Operands of the products of 2 x 2 matrices.
namespace fliqe::inline FLIQE_ABI::kernels::arm_matrix {

/// A row for each of 2 pixels, of two words of 8 bytes.
struct Inputs {
  uint64x2_t word[2];
};

/// A row for each of 2 channels, for 4 channels.
struct Weights {
  uint64x2_t low, high;
};

/// 2 pixels by 2 channels, for 4 channels.
template <class Sum>
struct PartialSum {
  Sum low, high;
};

inline uint64x2_t load_words(const void* p) {
  return vreinterpretq_u64_u8(vld1q_u8(static_cast<const std::uint8_t*>(p)));
}
inline uint64x1_t load_word(const void* p) {
  return vreinterpret_u64_u8(vld1_u8(static_cast<const std::uint8_t*>(p)));
}

/// What such an arithmetic has besides the instruction.
/// @tparam Base  how sums end
template <class Base>
struct MatrixProducts : Base {
  using Inputs = arm_matrix::Inputs;
  using Weights = arm_matrix::Weights;
  using Sum = typename Base::Sum;
  using PartialSum = arm_matrix::PartialSum<Sum>;
  static constexpr int weight_word = 2 * Base::Type::word;
  static constexpr int input_words = 2, load_vectors = 2;
  static constexpr int group_pixels = 2;
  /// 16 of 32 registers accumulate; with 24 none would be left for loads of four.
  static constexpr TilePixels tile_pixels{0, 0, 0, 4};

  template <class Element>
  static void load_next_weights(const Element*& p, Weights (&w)[2]) {
    uint64x2_t rows[4];
    neon::load_next(p, rows);
    w[0] = {rows[0], rows[1]};
    w[1] = {rows[2], rows[3]};
  }
  template <int Words, class Element>
  static Inputs load_inputs(const Element* first, const Element* second) {
    if constexpr (Words == 1) {
      return {{vcombine_u64(load_word(first), load_word(second)), vdupq_n_u64(0)}};
    } else {
      const uint64x2_t a = load_words(first), b = load_words(second);
      return {{vzip1q_u64(a, b), vzip2q_u64(a, b)}};
    }
  }

  template <class Arguments>
  static PartialSum first_sum(const Arguments&, const ConvolutionRange&, std::size_t) {
    const auto zero = (Sum)vdupq_n_u64(0);
    return {zero, zero};
  }
  static Sum sum_of_pixel(const PartialSum& sum, int pixel) {
    const auto low = (uint64x2_t)sum.low, high = (uint64x2_t)sum.high;
    return (Sum)(pixel == 0 ? vzip1q_u64(low, high) : vzip2q_u64(low, high));
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::arm_matrix

#if FLIQE_HAS_I8MM
FLIQE_ARM_TARGET_BEGIN("i8mm")

#define FLIQE_KERNEL_NAMESPACE i8mm
#include <fliqe/kernels/convolution.inl>

namespace fliqe::inline FLIQE_ABI::kernels::i8mm {

template <>
struct Arithmetic<Int8> : arm_matrix::MatrixProducts<neon::Int8Sums> {
  template <int Word>
  static PartialSum multiply_add(const Inputs& x, const Weights& w, PartialSum sum) {
    __asm__("usmmla %0.4s, %1.16b, %2.16b" : "+w"(sum.low) : "w"(x.word[Word]), "w"(w.low));
    __asm__("usmmla %0.4s, %1.16b, %2.16b" : "+w"(sum.high) : "w"(x.word[Word]), "w"(w.high));
    return sum;
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::i8mm
FLIQE_TARGET_END

#include <fliqe/kernels/table.inl>
#undef FLIQE_KERNEL_NAMESPACE
#endif

#if FLIQE_HAS_BF16
FLIQE_ARM_TARGET_BEGIN("bf16")

namespace fliqe::inline FLIQE_ABI::kernels::arm_bf16 {

using namespace neon;

/// As that of NEON alone, in one instruction.
inline void store_bf16(bfloat16* p, vec x) {
  uint16x4_t rounded;
  __asm__("bfcvtn %0.4h, %1.4s" : "=w"(rounded) : "w"(x));
  vst1_u16(reinterpret_cast<std::uint16_t*>(p), rounded);
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::arm_bf16

#define FLIQE_KERNEL_NAMESPACE arm_bf16
#include <fliqe/kernels/bf16_arithmetic.inl>
#include <fliqe/kernels/convolution.inl>
#include <fliqe/kernels/winograd.inl>

namespace fliqe::inline FLIQE_ABI::kernels::arm_bf16 {

template <>
struct Arithmetic<Bf16> : arm_matrix::MatrixProducts<Bf16Sums> {
  template <int Word>
  static PartialSum multiply_add(const Inputs& x, const Weights& w, PartialSum sum) {
    __asm__("bfmmla %0.4s, %1.8h, %2.8h" : "+w"(sum.low) : "w"(x.word[Word]), "w"(w.low));
    __asm__("bfmmla %0.4s, %1.8h, %2.8h" : "+w"(sum.high) : "w"(x.word[Word]), "w"(w.high));
    return sum;
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::arm_bf16

#include <fliqe/kernels/bf16_products.inl>
FLIQE_TARGET_END

#include <fliqe/kernels/table.inl>
#undef FLIQE_KERNEL_NAMESPACE
#endif
