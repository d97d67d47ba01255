// SPDX-License-Identifier: MIT
/// @file
/// Floats, where a broadcast from memory costs nothing; see F32. Included once for each instruction
/// set.

#include <fliqe/kernels/f32_arithmetic.inl>

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

template <>
struct Arithmetic<F32> : F32Sums {
  using Inputs = vec;

  static Weights load_weights(const float* p) { return load(p); }
  static Inputs load_inputs(const float* p) { return broadcast(p); }
  static Sum multiply_add(vec x, vec w, Sum sum) { return fma(x, w, sum); }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
