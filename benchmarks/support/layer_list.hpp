// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/built_in_networks.hpp>
#include <fliqe/model/operations.hpp>
#include <fliqe/nn/nn.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace fliqe::benchmarks {

struct Layer {
  nn::Conv2dShape shape;
  int size;  ///< height and width of the input

  TensorShape input() const { return {1, size, size, shape.in_channels}; }
  TensorShape output() const { return nn::convolved_shape(shape, input()); }
  /// As the network lays them out.
  Tensor make_input() const {
    return Tensor::with_layout(TensorLayout::spread(input(), shape.padding, shape.stride));
  }
  Tensor make_output() const { return Tensor::with_layout(TensorLayout::spread(output())); }
  std::size_t weights() const {
    return static_cast<std::size_t>(shape.out_channels) * shape.weights_per_output();
  }
  /// A multiply-add counts as two.
  double operations() const {
    return 2.0 * static_cast<double>(output().elements()) *
           static_cast<double>(shape.weights_per_output());
  }
  std::string name() const {
    return std::to_string(shape.in_channels) + "-" + std::to_string(shape.out_channels) + "_k" +
           std::to_string(shape.kernel_height) + "_s" + std::to_string(shape.stride) + "_at" +
           std::to_string(size);
  }

  friend bool operator<(const Layer& a, const Layer& b) {
    const auto key = [](const Layer& layer) {
      const nn::Conv2dShape& s = layer.shape;
      return std::tuple(-layer.size, s.in_channels, s.out_channels, s.kernel_height, s.stride);
    };
    return key(a) < key(b);
  }
};

/// Every distinct convolution of the trunk, from the largest map to the smallest.
inline std::set<Layer> layers_of(const NetworkSpec& spec) {
  std::set<Layer> layers;
  std::vector<int> sizes;  // of the outputs
  for (const model::Operation& operation :
       model::OperationList::of(spec, model::ModelKind::trunk)) {
    const bool is_first = operation.input == model::Operation::picture;
    const int size =
        is_first ? spec.input.height : sizes[static_cast<std::size_t>(operation.input)];
    const nn::Conv2dShape& s = operation.shape;
    if (operation.kind == model::OperationKind::convolution) layers.insert({s, size});
    sizes.push_back((size + 2 * s.padding - s.kernel_height) / s.stride + 1);
  }
  return layers;
}

}  // namespace fliqe::benchmarks
