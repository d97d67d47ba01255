// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/parallel.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/model/precision.hpp>
#include <fliqe/nn/nn.hpp>
#include <fliqe/version.hpp>
#include <string>
#include <variant>
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

template <class Layer>
struct ConvolutionStep {
  using Element = typename Layer::Job::Element;

  nn::ConvolutionPlan<Layer> plan;
  Place input, output, residual;

  void run(std::byte* slabs, float*, int batch, const Team& team) const {
    plan.run(input.data<Element>(slabs), output.data<Element>(slabs), residual.data<Element>(slabs),
             batch, team);
  }
};

struct WinogradStep {
  nn::WinogradPlan plan;
  Place input, output;

  void run(std::byte* slabs, float* scratch, int batch, const Team& team) const {
    plan.run(input.data(slabs), output.data(slabs), scratch, batch, team);
  }
};

struct MaxPoolStep {
  nn::MaxPool2d layer;
  Place input, output;

  void run(std::byte* slabs, float*, int batch, const Team& team) const {
    layer.run(input.view(slabs, batch), output.view(slabs, batch), team);
  }
};

template <class Table>
struct NarrowStep {
  nn::Narrow<Table> layer;
  Place input, output;

  void run(std::byte* slabs, float*, int batch, const Team& team) const {
    layer.run(input.view(slabs, batch), output.view<typename Table::Element>(slabs, batch), team);
  }
};

template <class Layer>
struct GlobalAvgPoolStep {
  Layer layer;
  Place input, output;

  void run(std::byte* slabs, float*, int batch, const Team& team) const {
    layer.run(input.view<typename Layer::Element>(slabs, batch), output.view(slabs, batch), team);
  }
};

struct BatchNormStep {
  nn::BatchNorm1d layer;
  Place input, output;

  void run(std::byte* slabs, float*, int batch, const Team& team) const {
    const Range mine = team.share(static_cast<std::size_t>(batch));
    for (auto image = static_cast<int>(mine.begin); image < static_cast<int>(mine.end); ++image) {
      layer.pixel(input.view(slabs, batch).pixel(image, 0, 0),
                  output.view(slabs, batch).pixel(image, 0, 0));
    }
  }
};

struct NormalizeStep {
  Place input, output;

  void run(std::byte* slabs, float*, int batch, const Team& team) const {
    const Range mine = team.share(static_cast<std::size_t>(batch));
    for (auto image = static_cast<int>(mine.begin); image < static_cast<int>(mine.end); ++image) {
      nn::Normalize::vector(input.view(slabs, batch).pixel(image, 0, 0), input.layout.shape.c,
                            output.view(slabs, batch).pixel(image, 0, 0));
    }
  }
};

/// One operation of a network, ready to run. Steps run one after the other, each on all threads.
struct Step {
  using Operation =
      std::variant<ConvolutionStep<nn::Conv2d>, ConvolutionStep<nn::Bf16Conv2d>,
                   ConvolutionStep<nn::QuantizedConv2d>, WinogradStep, MaxPoolStep,
                   NarrowStep<kernels::Bf16Table>, NarrowStep<kernels::QuantizedTable>,
                   GlobalAvgPoolStep<nn::GlobalAvgPool>, GlobalAvgPoolStep<nn::Bf16GlobalAvgPool>,
                   GlobalAvgPoolStep<nn::QuantizedGlobalAvgPool>, BatchNormStep, NormalizeStep>;

  std::string name;   ///< of the layer in the state dict
  std::string input;  ///< the step whose output this one reads; empty for the picture
  Operation operation;
  Place output;
  PrecisionKind precision;        ///< of the output
  nn::Quantization quantization;  ///< of the output, if that is bytes

  /// `scratch` is this thread's own.
  void run(std::byte* slabs, float* scratch, int batch, const Team& team) const;

  /// What the first image's output means, NHWC without gaps.
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
