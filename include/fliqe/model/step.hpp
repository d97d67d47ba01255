// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/parallel.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/nn/nn.hpp>
#include <string>
#include <variant>

namespace fliqe::model {

/// Where a step finds or leaves a tensor, in floats from the start of the slabs.
struct Place {
  std::size_t offset = 0;
  TensorLayout layout;

  TensorView view(float* slabs, int batch) const noexcept {
    TensorView tensor{slabs + offset, layout};
    tensor.layout.shape.n = batch;
    return tensor;
  }
};

struct ConvolutionStep {
  nn::Conv2dPlan plan;
  std::size_t input, output, residual;

  void run(float* slabs, float*, int batch, const Team& team) const {
    plan.run(slabs + input, slabs + output, slabs + residual, batch, team);
  }
};

struct WinogradStep {
  nn::WinogradPlan plan;
  std::size_t input, output;

  void run(float* slabs, float* scratch, int batch, const Team& team) const {
    plan.run(slabs + input, slabs + output, scratch, batch, team);
  }
};

struct MaxPoolStep {
  nn::MaxPool2d layer;
  Place input, output;

  void run(float* slabs, float*, int batch, const Team& team) const {
    layer.run(input.view(slabs, batch), output.view(slabs, batch), team);
  }
};

struct GlobalAvgPoolStep {
  nn::GlobalAvgPool layer;
  Place input, output;

  void run(float* slabs, float*, int batch, const Team& team) const {
    layer.run(input.view(slabs, batch), output.view(slabs, batch), team);
  }
};

struct BatchNormStep {
  nn::BatchNorm1d layer;
  Place input, output;

  void run(float* slabs, float*, int batch, const Team& team) const {
    const Range mine = team.share(static_cast<std::size_t>(batch));
    for (auto image = static_cast<int>(mine.begin); image < static_cast<int>(mine.end); ++image) {
      layer.pixel(input.view(slabs, batch).pixel(image, 0, 0),
                  output.view(slabs, batch).pixel(image, 0, 0));
    }
  }
};

struct NormalizeStep {
  Place input, output;

  void run(float* slabs, float*, int batch, const Team& team) const {
    const Range mine = team.share(static_cast<std::size_t>(batch));
    for (auto image = static_cast<int>(mine.begin); image < static_cast<int>(mine.end); ++image) {
      nn::Normalize::vector(input.view(slabs, batch).pixel(image, 0, 0), input.layout.shape.c,
                            output.view(slabs, batch).pixel(image, 0, 0));
    }
  }
};

/// One operation of a network, ready to run. Steps run one after the other, each on all threads.
struct Step {
  using Operation = std::variant<ConvolutionStep, WinogradStep, MaxPoolStep, GlobalAvgPoolStep,
                                 BatchNormStep, NormalizeStep>;

  std::string name;  ///< of the layer in the state dict
  Operation operation;

  /// `scratch` is this thread's own.
  void run(float* slabs, float* scratch, int batch, const Team& team) const {
    std::visit([&](const auto& operation) { operation.run(slabs, scratch, batch, team); },
               operation);
  }
};

}  // namespace fliqe::model
