// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/parallel.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// What a plan reads and writes: pointers to the first image's halo, as in a tensor view.
template <class Input, class Output>
struct PlanBuffers {
  const Input* input = nullptr;
  Output* output = nullptr;
  const Output* residual = nullptr;  ///< ignored unless the plan was made with one
  float* scratch = nullptr;          ///< of this thread alone: scratch_size() floats
};

/// A layer made ready for tensors of one layout, to be run repeatedly. All plans have these
/// members. Refers to its layer, which must outlive it.
template <class Layer>
class LayerPlan {
 public:
  using Input = typename Layer::Input;
  using Output = typename Layer::Output;
  using Buffers = PlanBuffers<Input, Output>;

  /// @param what  names the output in messages
  /// @throws Error `invalid_argument` when the layer does not take such tensors
  LayerPlan(const Layer& layer, const char* what, const TensorLayout& input,
            const TensorLayout& output)
      : layer_(&layer), input_(input), output_(output) {
    detail::require_shape(what, output.shape, layer.output_shape(input.shape));
  }

  /// Floats of scratch that each thread needs.
  std::size_t scratch_size() const noexcept { return 0; }

  /// About how many processor cycles `batch` images take: one for each number read or written.
  double cycles(int batch) const noexcept {
    const TensorShape &input = input_.shape, &output = output_.shape;
    return batch * (static_cast<double>(input.h) * input.w * input.c +
                    static_cast<double>(output.h) * output.w * output.c);
  }

  /// One task of the work for the first `batch` images; each task of the count is to be run once,
  /// with the same tensors, in any order, by any thread. Allocates nothing.
  void run(const Buffers& buffers, int batch, const Task& task) const {
    BasicTensorView<const Input> input{buffers.input, input_};
    BasicTensorView<Output> output{buffers.output, output_};
    input.layout.shape.n = output.layout.shape.n = batch;
    layer_->run(input, output, task);
  }

 private:
  const Layer* layer_;
  TensorLayout input_, output_;
};

/// Runs a plan on `threads` threads (0: all cores) with a scratch of its own for each.
template <class Plan>
void run_plan(const Plan& plan, BasicTensorView<const typename Plan::Input> input,
              BasicTensorView<typename Plan::Output> output, int threads,
              const typename Plan::Output* residual = nullptr) {
  const int count = resolve_thread_count(threads);
  const std::size_t scratch_size = plan.scratch_size();
  AlignedBuffer<float> scratch(scratch_size * static_cast<std::size_t>(count));
  parallel(count, [&](const Team& team) {
    float* mine = scratch.data() + scratch_size * static_cast<std::size_t>(team.index());
    plan.run({input.data, output.data, residual, mine}, input.shape().n, team.task());
  });
}

/// Calls `apply(in, out)` for every pixel of two tensors of equal height and width; this thread's
/// share of the rows.
template <class Input, class Output, class Apply>
void for_each_pixel(BasicTensorView<const Input> input, BasicTensorView<Output> output,
                    const Task& task, const Apply& apply) {
  const TensorShape& shape = input.shape();
  const auto height = static_cast<std::size_t>(shape.h);
  const Range rows = task.share(static_cast<std::size_t>(shape.n) * height);
  for (std::size_t row = rows.begin; row < rows.end; ++row) {
    const auto image = static_cast<int>(row / height), y = static_cast<int>(row % height);
    for (int x = 0; x < shape.w; ++x) apply(input.pixel(image, y, x), output.pixel(image, y, x));
  }
}

}  // namespace fliqe::inline FLIQE_ABI::nn
