// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <fliqe/base/tensor.hpp>
#include <fliqe/nn/kernel_choice.hpp>
#include <fliqe/nn/layer_plan.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// Maximum over square windows, as torch.nn.MaxPool2d (padding counts as minus infinity; sizes
/// round down): n x h x w x c floats to n x h' x w' x c. Const and thread-safe.
class MaxPool2d {
 public:
  using Input = float;
  using Output = float;

  /// @throws Error `invalid_argument` unless 0 < kernel, 0 < stride and 0 <= 2 * padding <= kernel,
  ///         or when this host cannot run `isa`
  explicit MaxPool2d(int kernel, int stride, int padding = 0, Isa isa = default_isa())
      : kernel_(kernel),
        stride_(stride),
        padding_(padding),
        kernels_(&kernels::vector_kernels_for(isa)) {
    detail::require(
        kernel > 0 && stride > 0 && padding >= 0 && 2 * padding <= kernel,
        ErrorCode::invalid_argument,
        "MaxPool2d: kernel and stride must be positive, padding at most half of kernel");
  }

  /// @throws Error `invalid_argument` when the window exceeds the padded input
  TensorShape output_shape(const TensorShape& input) const {
    const int height = input.h + 2 * padding_ - kernel_;
    const int width = input.w + 2 * padding_ - kernel_;
    if (height < 0 || width < 0) {
      detail::raise(ErrorCode::invalid_argument,
                    {"MaxPool2d: the window is larger than the padded input ", to_string(input)});
    }
    return {input.n, height / stride_ + 1, width / stride_ + 1, input.c};
  }

  /// One task of the work; each task of the count is to be run once.
  void run(ConstTensorView input, TensorView output, const Task& task) const {
    kernels::PoolArguments arguments;
    arguments.input = input.pixel(0, 0, 0);
    arguments.output = output.pixel(0, 0, 0);
    arguments.input_pixel_stride = input.layout.pixel_stride;
    arguments.input_row_stride = input.layout.row_stride;
    arguments.input_image_stride = input.layout.image_stride;
    arguments.output_pixel_stride = output.layout.pixel_stride;
    arguments.output_row_stride = output.layout.row_stride;
    arguments.output_image_stride = output.layout.image_stride;
    arguments.in_height = input.shape().h;
    arguments.in_width = input.shape().w;
    arguments.out_height = output.shape().h;
    arguments.out_width = output.shape().w;
    arguments.channels = input.shape().c;
    arguments.kernel = kernel_;
    arguments.stride = stride_;
    arguments.padding = padding_;
    const Range rows = task.share(static_cast<std::size_t>(output.shape().n) *
                                  static_cast<std::size_t>(output.shape().h));
    for (std::size_t row = rows.begin; row < rows.end; ++row) kernels_->max_pool(arguments, row);
  }

  /// @throws Error `invalid_argument` unless `output` has output_shape()
  LayerPlan<MaxPool2d> plan(const TensorLayout& input, const TensorLayout& output) const {
    return {*this, "MaxPool2d output", input, output};
  }

  /// @param threads  0: all cores. @throws Error as plan()
  void forward(ConstTensorView input, TensorView output, int threads = 0) const {
    run_plan(plan(input.layout, output.layout), input, output, threads);
  }

 private:
  int kernel_;
  int stride_;
  int padding_;
  const kernels::VectorKernels* kernels_;
};

/// Mean over all pixels of an image, as torch.nn.AdaptiveAvgPool2d(1): n x h x w x c elements to
/// n x 1 x 1 x c floats; c is a multiple of 16 unless elements are floats. Const and thread-safe.
/// @tparam Arithmetic  F32, Bf16 or Int8
template <class Arithmetic>
class BasicGlobalAvgPool {
 public:
  using Input = typename Arithmetic::Element;
  using Output = float;

  /// @param scale  what the mean is multiplied by
  explicit BasicGlobalAvgPool(const Kernels<Arithmetic>& kernels = {}, float scale = 1)
      : kernels_(kernels), scale_(scale) {}

  TensorShape output_shape(const TensorShape& input) const { return {input.n, 1, 1, input.c}; }

  /// One task of the work; each task of the count is to be run once. The pixels of a halo,
  /// which are zero, are summed up with the others.
  void run(BasicTensorView<const Input> input, TensorView output, const Task& task) const {
    const TensorShape& shape = input.shape();
    // Threads share channels, in steps of a cache line.
    constexpr std::size_t step = 16;
    const auto steps = (static_cast<std::size_t>(shape.c) + step - 1) / step;
    const Range mine = task.share(steps);
    const auto first = static_cast<int>(mine.begin * step);
    const int last = std::min(shape.c, static_cast<int>(mine.end * step));
    if (first >= last) return;
    const int halo = input.layout.halo;
    const int pixels = (shape.h + 2 * halo) * (shape.w + 2 * halo);
    const float factor = scale_ / static_cast<float>(shape.h * shape.w);
    for (int image = 0; image < shape.n; ++image) {
      kernels_.table().sum_pixels(input.pixel(image, -halo, -halo) + first,
                                  input.layout.pixel_stride, pixels, last - first, factor,
                                  output.pixel(image, 0, 0) + first);
    }
  }

  /// @throws Error `invalid_argument` on a wrong output shape
  LayerPlan<BasicGlobalAvgPool> plan(const TensorLayout& input, const TensorLayout& output) const {
    return {*this, "GlobalAvgPool output", input, output};
  }

  /// @param threads  0: all cores. @throws Error as plan()
  void forward(BasicTensorView<const Input> input, TensorView output, int threads = 0) const {
    run_plan(plan(input.layout, output.layout), input, output, threads);
  }

 private:
  Kernels<Arithmetic> kernels_;
  float scale_;
};

using GlobalAvgPool = BasicGlobalAvgPool<F32>;
using Bf16GlobalAvgPool = BasicGlobalAvgPool<Bf16>;
using QuantizedGlobalAvgPool = BasicGlobalAvgPool<Int8>;

}  // namespace fliqe::inline FLIQE_ABI::nn
