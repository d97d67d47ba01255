// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/parallel.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/kernels/narrow_table.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// What the bytes of a tensor mean: value = scale * (byte - zero_point).
struct Quantization {
  float scale = 1;
  int zero_point = 0;
};

/// Floats to smaller elements: factor * value, rounded to nearest even and, if to a byte, clamped.
/// Channels must be a multiple of 16. Const and thread-safe.
template <class Table>
class Narrow {
 public:
  using Element = typename Table::Element;

  Narrow(float factor, const Table& table) : factor_(factor), table_(&table) {}

  /// One thread's part of the work; every thread of `team` must call it.
  void run(ConstTensorView input, BasicTensorView<Element> output, const Team& team) const {
    const TensorShape& shape = input.shape();
    const auto height = static_cast<std::size_t>(shape.h);
    const Range rows = team.share(static_cast<std::size_t>(shape.n) * height);
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
      const auto image = static_cast<int>(row / height), y = static_cast<int>(row % height);
      for (int x = 0; x < shape.w; ++x) {
        table_->narrow(input.pixel(image, y, x), factor_, static_cast<std::size_t>(shape.c),
                       output.pixel(image, y, x));
      }
    }
  }

 private:
  float factor_;
  const Table* table_;
};

}  // namespace fliqe::inline FLIQE_ABI::nn
