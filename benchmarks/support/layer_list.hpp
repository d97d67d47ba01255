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

/// Height and width of what `operation` reads, by the sizes of the outputs before it.
inline int input_size(const NetworkSpec& spec, const std::vector<int>& sizes,
                      const model::Operation& operation) {
  const bool is_first = operation.input == model::Operation::picture;
  return is_first ? spec.input.height : sizes[static_cast<std::size_t>(operation.input)];
}

/// Height and width of each operation's output.
inline std::vector<int> output_sizes(const NetworkSpec& spec,
                                     const std::vector<model::Operation>& operations) {
  std::vector<int> sizes;
  for (const model::Operation& operation : operations) {
    const nn::Conv2dShape& s = operation.shape;
    const int size = input_size(spec, sizes, operation);
    sizes.push_back((size + 2 * s.padding - s.kernel_height) / s.stride + 1);
  }
  return sizes;
}

/// Every distinct convolution of the trunk, from the largest map to the smallest.
inline std::set<Layer> layers_of(const NetworkSpec& spec) {
  std::set<Layer> layers;
  const auto operations = model::OperationList::of(spec, model::ModelKind::trunk);
  const std::vector<int> sizes = output_sizes(spec, operations);
  for (const model::Operation& operation : operations) {
    if (operation.kind != model::OperationKind::convolution) continue;
    layers.insert({operation.shape, input_size(spec, sizes, operation)});
  }
  return layers;
}

}  // namespace fliqe::benchmarks
