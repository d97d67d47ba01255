// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/parallel.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/kernels/quantized_table.hpp>

namespace fliqe::nn {

/// What the bytes of a tensor mean: value = scale * (byte - zero_point).
struct Quantization {
  float scale = 1;
  int zero_point = 0;
};

/// Floats that are not negative to bytes around 0: round(value / scale), clamped. Channels must be
/// a multiple of 16. Const and thread-safe.
class Quantize {
 public:
  Quantize(float scale, const kernels::QuantizedTable& table)
      : factor_(1.0f / scale), table_(&table) {}

  /// One thread's part of the work; every thread of `team` must call it.
  void run(ConstTensorView input, BasicTensorView<std::uint8_t> output, const Team& team) const {
    const TensorShape& shape = input.shape();
    const auto height = static_cast<std::size_t>(shape.h);
    const Range rows = team.share(static_cast<std::size_t>(shape.n) * height);
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
      const auto image = static_cast<int>(row / height), y = static_cast<int>(row % height);
      for (int x = 0; x < shape.w; ++x) {
        table_->quantize(input.pixel(image, y, x), factor_, static_cast<std::size_t>(shape.c),
                         output.pixel(image, y, x));
      }
    }
  }

 private:
  float factor_;
  const kernels::QuantizedTable* table_;
};

}  // namespace fliqe::nn
