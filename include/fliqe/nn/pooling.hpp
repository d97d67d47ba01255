// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/parallel.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/kernels/narrow_table.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// Maximum over square windows, as torch.nn.MaxPool2d (padding counts as minus infinity; sizes
/// round down). Const and thread-safe.
class MaxPool2d {
 public:
  /// @throws Error `invalid_argument` unless 0 < kernel, 0 < stride and 0 <= 2 * padding <= kernel
  explicit MaxPool2d(int kernel, int stride, int padding = 0,
                     const kernels::KernelTable& table = kernels::default_table())
      : kernel_(kernel), stride_(stride), padding_(padding), table_(&table) {
    detail::require(
        kernel > 0 && stride > 0 && padding >= 0 && 2 * padding <= kernel,
        ErrorCode::invalid_argument,
        "MaxPool2d: kernel and stride must be positive, padding at most half of kernel");
  }

  /// @throws Error `invalid_argument` when the window exceeds the padded input
  TensorShape output_shape(const TensorShape& input) const {
    const int height = input.h + 2 * padding_ - kernel_;
    const int width = input.w + 2 * padding_ - kernel_;
    detail::require(height >= 0 && width >= 0, ErrorCode::invalid_argument,
                    "MaxPool2d: the window is larger than the padded input " + to_string(input));
    return {input.n, height / stride_ + 1, width / stride_ + 1, input.c};
  }

  /// One thread's part of the work; every thread of `team` must call it.
  void run(ConstTensorView input, TensorView output, const Team& team) const {
    kernels::PoolJob job;
    job.input = input.pixel(0, 0, 0);
    job.output = output.pixel(0, 0, 0);
    job.input_pixel_stride = input.layout.pixel_stride;
    job.input_row_stride = input.layout.row_stride;
    job.input_image_stride = input.layout.image_stride;
    job.output_pixel_stride = output.layout.pixel_stride;
    job.output_row_stride = output.layout.row_stride;
    job.output_image_stride = output.layout.image_stride;
    job.in_height = input.shape().h;
    job.in_width = input.shape().w;
    job.out_height = output.shape().h;
    job.out_width = output.shape().w;
    job.channels = input.shape().c;
    job.kernel = kernel_;
    job.stride = stride_;
    job.padding = padding_;
    const Range rows = team.share(static_cast<std::size_t>(output.shape().n) *
                                  static_cast<std::size_t>(output.shape().h));
    for (std::size_t row = rows.begin; row < rows.end; ++row) table_->max_pool(job, row);
  }

  void forward(ConstTensorView input, TensorView output, int threads = 0) const {
    detail::require_shape("MaxPool2d output", output.shape(), output_shape(input.shape()));
    parallel(resolve_thread_count(threads), [&](const Team& team) { run(input, output, team); });
  }

 private:
  int kernel_;
  int stride_;
  int padding_;
  const kernels::KernelTable* table_;
};

/// Mean over all pixels of an image, as torch.nn.AdaptiveAvgPool2d(1): n x h x w x c to
/// n x 1 x 1 x c floats. Const and thread-safe.
template <class Table>
class BasicGlobalAvgPool {
 public:
  using Element = typename Table::Element;

  /// @param scale  what the mean is multiplied by
  explicit BasicGlobalAvgPool(const Table& table, float scale = 1)
      : table_(&table), scale_(scale) {}

  /// One thread's part of the work; every thread of `team` must call it. The pixels of a halo,
  /// which are zero, are summed up with the others.
  void run(BasicTensorView<const Element> input, TensorView output, const Team& team) const {
    const TensorShape& shape = input.shape();
    // Threads share channels, in steps of a cache line.
    constexpr std::size_t step = 16;
    const auto steps = (static_cast<std::size_t>(shape.c) + step - 1) / step;
    const Range mine = team.share(steps);
    const auto first = static_cast<int>(mine.begin * step);
    const int last = std::min(shape.c, static_cast<int>(mine.end * step));
    if (first >= last) return;
    const int halo = input.layout.halo;
    const int pixels = (shape.h + 2 * halo) * (shape.w + 2 * halo);
    const float factor = scale_ / static_cast<float>(shape.h * shape.w);
    for (int image = 0; image < shape.n; ++image) {
      table_->sum_pixels(input.pixel(image, -halo, -halo) + first, input.layout.pixel_stride,
                         pixels, last - first, factor, output.pixel(image, 0, 0) + first);
    }
  }

  /// @throws Error `invalid_argument` on a wrong output shape
  void forward(BasicTensorView<const Element> input, TensorView output, int threads = 0) const {
    const TensorShape& shape = input.shape();
    detail::require_shape("GlobalAvgPool output", output.shape(), {shape.n, 1, 1, shape.c});
    parallel(resolve_thread_count(threads), [&](const Team& team) { run(input, output, team); });
  }

 private:
  const Table* table_;
  float scale_;
};

class GlobalAvgPool : public BasicGlobalAvgPool<kernels::KernelTable> {
 public:
  explicit GlobalAvgPool(const kernels::KernelTable& table = kernels::default_table())
      : BasicGlobalAvgPool(table) {}
};

/// Of smaller elements; channels must be a multiple of 16.
using QuantizedGlobalAvgPool = BasicGlobalAvgPool<kernels::QuantizedTable>;
using Bf16GlobalAvgPool = BasicGlobalAvgPool<kernels::Bf16Table>;

}  // namespace fliqe::inline FLIQE_ABI::nn
