// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/backbone.hpp>
#include <fliqe/nn/nn.hpp>
#include <set>
#include <string>
#include <tuple>

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
inline std::set<Layer> layers_of(const BackboneSpec& spec) {
  std::set<Layer> layers{{{3, spec.width, 7, 7, 2, 3}, input_size}};
  int in = spec.width, size = input_size / 4;
  for (std::size_t stage = 0; stage < spec.blocks.size(); ++stage) {
    const int mid = spec.width << stage, out = mid * BackboneSpec::expansion;
    for (int block = 0; block < spec.blocks[stage]; ++block) {
      const int stride = stage > 0 && block == 0 ? 2 : 1;
      layers.insert({{in, mid, 1, 1, 1, 0}, size});
      layers.insert({{mid, mid, 3, 3, stride, 1}, size});
      if (block == 0) layers.insert({{in, out, 1, 1, stride, 0}, size});
      size /= stride;
      layers.insert({{mid, out, 1, 1, 1, 0}, size});
      in = out;
    }
  }
  return layers;
}

}  // namespace fliqe::benchmarks
