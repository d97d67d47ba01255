// SPDX-License-Identifier: MIT
/// @file
/// Element by element operations and sums over pixels. Included once per instruction set.

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

/// @see SumKernel
inline void sum_f32_pixels(const float* x, std::ptrdiff_t pixel_stride, int pixels, int channels,
                           float factor, float* y) {
  const int whole = channels / width * width;
  const mask tail = first_lanes(channels - whole);
  for (int c = 0; c < channels; c += width) {
    vec sum = zero();
    for (int p = 0; p < pixels; ++p) {
      const float* pixel = x + p * pixel_stride + c;
      sum = add(sum, c < whole ? load(pixel) : load(pixel, tail));
    }
    sum = mul(sum, broadcast(&factor));
    if (c < whole) {
      store(y + c, sum);
    } else {
      store(y + c, sum, tail);
    }
  }
}

inline float as_float(std::uint8_t value) {
  return value;
}
inline float as_float(bfloat16 value) {
  return to_float(value);
}

/// @see SumKernel
template <class Element>
void sum_reduced_pixels(const Element* x, std::ptrdiff_t pixel_stride, int pixels, int channels,
                        float factor, float* y) {
  constexpr int group = 16;  // channels that compilers make a vector of
  for (int c = 0; c < channels; c += group) {
    float sum[group] = {};
    for (int p = 0; p < pixels; ++p) {
      const Element* pixel = x + p * pixel_stride + c;
      for (int i = 0; i < group; ++i) sum[i] += as_float(pixel[i]);
    }
    for (int i = 0; i < group; ++i) y[c + i] = sum[i] * factor;
  }
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
