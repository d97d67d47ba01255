// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/bfloat16.hpp>
#include <fliqe/base/parallel.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/model/precision.hpp>
#include <fliqe/nn/quantization.hpp>
#include <fliqe/version.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

/// Where a step finds or leaves a tensor: bytes from the start of the slabs.
struct Place {
  std::size_t offset = 0;
  TensorLayout layout;

  template <class T = float>
  T* data(std::byte* slabs) const noexcept {
    return reinterpret_cast<T*>(slabs + offset);
  }
  template <class T = float>
  BasicTensorView<T> view(std::byte* slabs, int batch) const noexcept {
    BasicTensorView<T> tensor{data<T>(slabs), layout};
    tensor.layout.shape.n = batch;
    return tensor;
  }
};

/// A layer of any precision, ready to run.
class Runnable {
 public:
  virtual ~Runnable() = default;

  /// One task of the work; each task of the count is to be run once. `scratch` is the thread's own:
  /// scratch_size() floats.
  virtual void run(std::byte* slabs, float* scratch, int batch, const Task& task) const = 0;
  virtual std::size_t scratch_size() const noexcept = 0;
  /// About how many processor cycles the whole work takes on one thread.
  virtual double cycles(int batch) const noexcept = 0;
};

/// A layer with its plan.
template <class Layer, class Plan>
class RunnableLayer final : public Runnable {
 public:
  RunnableLayer(std::shared_ptr<const Layer> layer, Plan plan, const Place& input,
                const Place& output, const Place& residual)
      : layer_(std::move(layer)),
        plan_(std::move(plan)),
        input_(input),
        output_(output),
        residual_(residual) {}

  void run(std::byte* slabs, float* scratch, int batch, const Task& task) const override {
    using Output = typename Plan::Output;
    plan_.run({input_.data<typename Plan::Input>(slabs), output_.data<Output>(slabs),
               residual_.data<Output>(slabs), scratch},
              batch, task);
  }

  std::size_t scratch_size() const noexcept override { return plan_.scratch_size(); }
  double cycles(int batch) const noexcept override { return plan_.cycles(batch); }

 private:
  std::shared_ptr<const Layer> layer_;  // the plan refers to it
  Plan plan_;
  Place input_, output_, residual_;
};

/// One operation of a network, ready to run. Steps run one after the other, each on all threads.
struct Step {
  std::string name;   ///< of the layer in the state dict
  std::string input;  ///< the step whose output this one reads; empty for the picture
  std::unique_ptr<const Runnable> runnable;
  Place output;
  PrecisionKind precision;        ///< of the output
  nn::Quantization quantization;  ///< of the output, if it is in int8

  /// The first image's output as floats, NHWC without gaps.
  std::vector<float> values(std::byte* slabs) const {
    switch (precision) {
      case PrecisionKind::bf16:
        return values(output.view<bfloat16>(slabs, 1));
      case PrecisionKind::int8:
        return values(output.view<std::uint8_t>(slabs, 1));
      case PrecisionKind::f32:
        break;
    }
    return values(output.view<float>(slabs, 1));
  }

 private:
  float value(float element) const { return element; }
  float value(bfloat16 element) const { return to_float(element); }
  float value(std::uint8_t element) const {
    return quantization.scale * static_cast<float>(element - quantization.zero_point);
  }

  template <class Element>
  std::vector<float> values(const BasicTensorView<Element>& tensor) const {
    const TensorShape& shape = tensor.shape();
    std::vector<float> values;
    values.reserve(shape.elements());
    for (int y = 0; y < shape.h; ++y) {
      for (int x = 0; x < shape.w; ++x) {
        const Element* pixel = tensor.pixel(0, y, x);
        for (int c = 0; c < shape.c; ++c) values.push_back(value(pixel[c]));
      }
    }
    return values;
  }
};

}  // namespace fliqe::inline FLIQE_ABI::model
