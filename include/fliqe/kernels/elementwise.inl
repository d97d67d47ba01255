// SPDX-License-Identifier: MIT
/// @file
/// Element by element operations. Included once per instruction set.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

inline void affine(const float* x, const float* scale, const float* shift, bool relu,
                   std::size_t count, float* y) {
  std::size_t i = 0;
  for (; i + width <= count; i += width) {
    const vec value = fma(load(x + i), load(scale + i), load(shift + i));
    store(y + i, relu ? max(zero(), value) : value);
  }
  if (i < count) {
    const mask tail = first_lanes(static_cast<int>(count - i));
    const vec value = fma(load(x + i, tail), load(scale + i, tail), load(shift + i, tail));
    store(y + i, relu ? max(zero(), value) : value, tail);
  }
}

inline void relu(const float* x, std::size_t count, float* y) {
  std::size_t i = 0;
  for (; i + width <= count; i += width) store(y + i, max(zero(), load(x + i)));
  if (i < count) {
    const mask tail = first_lanes(static_cast<int>(count - i));
    store(y + i, max(zero(), load(x + i, tail)), tail);
  }
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
