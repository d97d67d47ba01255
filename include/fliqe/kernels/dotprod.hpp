// SPDX-License-Identifier: MIT
/// @file
/// Int8 by the dot products of Armv8.2 (FEAT_DotProd). In assembly, since clang's header hides
/// these intrinsics from sources that are compiled for older processors.
#pragma once

#include <fliqe/kernels/neon_reduced.hpp>
#include <fliqe/version.hpp>

FLIQE_ARM_TARGET_BEGIN("dotprod")

#define FLIQE_KERNEL_NAMESPACE dotprod
#include <fliqe/kernels/convolution.inl>

namespace fliqe::inline FLIQE_ABI::kernels::dotprod {

template <>
struct Arithmetic<Int8> : neon::SignedInputs {
  using Inputs = int8x16_t;
  using Weights = int8x16_t;
  static constexpr int load_vectors = 4;
  /// 20 of 32 registers accumulate, the others hold inputs and weights.
  static constexpr TilePixels tile_pixels{0, 0, 0, 5};

  template <int Count>
  static void load_next_weights(const std::int8_t*& p, Weights (&w)[Count]) {
    neon::load_next(p, w);
  }
  template <int Words>
  static Inputs load_inputs(const std::uint8_t* p) {
    return load_signed<Words>(p);
  }
  /// Of each lane: sum + the four weights times the four inputs of word `Word`.
  template <int Word>
  static Sum multiply_add(Inputs x, Weights w, Sum sum) {
    __asm__("sdot %0.4s, %1.16b, %2.4b[%3]" : "+w"(sum) : "w"(w), "w"(x), "i"(Word));
    return sum;
  }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::dotprod
FLIQE_TARGET_END

#include <fliqe/kernels/table.inl>
#undef FLIQE_KERNEL_NAMESPACE
