// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/parallel.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// Calls `apply(in, out)` for every pixel of two tensors of equal shape, rows shared among threads.
/// `layer` names the caller in the error that a wrong output shape gives.
template <class Apply>
void for_each_pixel(const char* layer, ConstTensorView input, TensorView output, int threads,
                    const Apply& apply) {
  const TensorShape& shape = input.shape();
  detail::require_shape(layer, output.shape(), shape);
  const auto rows = static_cast<std::size_t>(shape.n) * static_cast<std::size_t>(shape.h);
  parallel(resolve_thread_count(threads), [&](const Team& team) {
    const Range mine = team.share(rows);
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
      const int image = static_cast<int>(row) / shape.h;
      const int y = static_cast<int>(row) % shape.h;
      for (int x = 0; x < shape.w; ++x) apply(input.pixel(image, y, x), output.pixel(image, y, x));
    }
  });
}

}  // namespace fliqe::inline FLIQE_ABI::nn
