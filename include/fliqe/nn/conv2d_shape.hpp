// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/tensor.hpp>
#include <fliqe/version.hpp>
#include <string>

namespace fliqe::inline FLIQE_ABI::nn {

struct Conv2dShape {
  int in_channels = 1;
  int out_channels = 1;
  int kernel_height = 1;
  int kernel_width = 1;
  int stride = 1;
  int padding = 0;

  std::size_t weights_per_output() const noexcept {
    return static_cast<std::size_t>(in_channels) * static_cast<std::size_t>(kernel_height) *
           static_cast<std::size_t>(kernel_width);
  }
};

/// @throws Error `invalid_argument`
inline void check_geometry(const Conv2dShape& shape) {
  detail::require(shape.in_channels > 0 && shape.out_channels > 0 && shape.kernel_height > 0 &&
                      shape.kernel_width > 0 && shape.stride > 0 && shape.padding >= 0,
                  ErrorCode::invalid_argument,
                  "Conv2d: channels, kernel and stride must be positive");
}

/// @throws Error `invalid_argument` when the channels differ or the kernel exceeds the padded input
inline TensorShape convolved_shape(const Conv2dShape& shape, const TensorShape& input) {
  detail::require(input.c == shape.in_channels, ErrorCode::invalid_argument,
                  {"Conv2d: expected ", shape.in_channels, " input channels, found ", input.c});
  const int height = input.h + 2 * shape.padding - shape.kernel_height;
  const int width = input.w + 2 * shape.padding - shape.kernel_width;
  if (height < 0 || width < 0) {
    detail::raise(ErrorCode::invalid_argument,
                  {"Conv2d: the kernel is larger than the padded input ", to_string(input)});
  }
  return {input.n, height / shape.stride + 1, width / shape.stride + 1, shape.out_channels};
}

}  // namespace fliqe::inline FLIQE_ABI::nn
