// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/tensor.hpp>
#include <fliqe/nn/kernel_choice.hpp>
#include <fliqe/nn/layer_plan.hpp>
#include <fliqe/version.hpp>
#include <string>

namespace fliqe::inline FLIQE_ABI::nn {

/// Converts floats to bfloat16 or bytes: factor * value, rounded to nearest even and, if to a byte,
/// clamped to 0 ... 255. Quantization to bytes of scale s is the factor 1 / s. Channels must be a
/// multiple of 16. Const and thread-safe.
/// @tparam Arithmetic  Bf16 or Int8
template <class Arithmetic>
class Convert {
 public:
  using Input = float;
  using Output = typename Arithmetic::Element;

  explicit Convert(float factor = 1, const Kernels<Arithmetic>& kernels = {})
      : factor_(factor), kernels_(kernels) {}

  /// @throws Error `invalid_argument` unless the channels are a multiple of 16
  TensorShape output_shape(const TensorShape& input) const {
    detail::require(input.c % 16 == 0, ErrorCode::invalid_argument,
                    {"Convert: expected channels in multiples of 16, found ", input.c});
    return input;
  }

  /// One task of the work; each task of the count is to be run once.
  void run(ConstTensorView input, BasicTensorView<Output> output, const Task& task) const {
    const auto channels = static_cast<std::size_t>(input.shape().c);
    for_each_pixel(input, output, task, [&](const float* x, Output* y) {
      kernels_.table().convert(x, factor_, channels, y);
    });
  }

  /// @throws Error `invalid_argument` unless both shapes are the same, channels a multiple of 16
  LayerPlan<Convert> plan(const TensorLayout& input, const TensorLayout& output) const {
    return {*this, "Convert output", input, output};
  }

  /// @param threads  0: all cores. @throws Error as plan()
  void forward(ConstTensorView input, BasicTensorView<Output> output, int threads = 0) const {
    run_plan(plan(input.layout, output.layout), input, output, threads);
  }

 private:
  float factor_;
  Kernels<Arithmetic> kernels_;
};

}  // namespace fliqe::inline FLIQE_ABI::nn
