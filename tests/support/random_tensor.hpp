// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/bfloat16.hpp>
#include <fliqe/base/tensor.hpp>
#include <random>
#include <vector>

namespace fliqe::test {

/// Repeatable random numbers.
class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}

  float normal(float deviation = 1.0f) { return deviation * normal_(engine_); }
  int between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }

  std::vector<float> vector(std::size_t count, float deviation = 1.0f) {
    std::vector<float> values(count);
    for (float& value : values) value = normal(deviation);
    return values;
  }

  /// Random pixels; the halo stays zero.
  Tensor tensor(TensorShape shape, int halo = 0) {
    Tensor result(shape, halo);
    for (int n = 0; n < shape.n; ++n) {
      for (int y = 0; y < shape.h; ++y) {
        for (int x = 0; x < shape.w; ++x) {
          for (int c = 0; c < shape.c; ++c) result.view().pixel(n, y, x)[c] = normal();
        }
      }
    }
    return result;
  }

 private:
  std::mt19937 engine_;
  std::normal_distribution<float> normal_;
};

using Bf16Tensor = BasicTensor<bfloat16>;

/// The same numbers in both types; the halo stays zero.
inline Bf16Tensor rounded(Tensor& tensor) {
  Bf16Tensor result = Bf16Tensor::with_layout(tensor.view().layout);
  const auto count = static_cast<std::size_t>(tensor.view().layout.image_stride) *
                     static_cast<std::size_t>(tensor.shape().n);
  for (std::size_t i = 0; i < count; ++i) {
    result.data()[i] = to_bfloat16(tensor.data()[i]);
    tensor.data()[i] = to_float(result.data()[i]);
  }
  return result;
}

}  // namespace fliqe::test
