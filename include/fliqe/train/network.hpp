// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/train/layers.hpp>
#include <string>
#include <variant>
#include <vector>

namespace fliqe::train {

/// Layers one after the other. The place of a layer is its number in a PyTorch state dict.
template <class Scalar>
class Network {
 public:
  using Layer = std::variant<Linear<Scalar>, Relu<Scalar>, BatchNorm<Scalar>>;

  template <class Added>
  Network& add(Added layer) {
    layers_.emplace_back(std::move(layer));
    return *this;
  }

  Matrix<Scalar> forward(Matrix<Scalar> x, bool training) {
    for (Layer& layer : layers_) {
      x = std::visit([&](auto& each) { return each.forward(x, training); }, layer);
    }
    return x;
  }

  /// After forward(x, true). @return the gradient with respect to its input
  Matrix<Scalar> backward(Matrix<Scalar> gradient) {
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
      gradient = std::visit([&](auto& each) { return each.backward(gradient); }, *layer);
    }
    return gradient;
  }

  template <class See>
  void for_each_parameter(const See& see) {
    for (Layer& layer : layers_) {
      std::visit([&](auto& each) { each.for_each_parameter(see); }, layer);
    }
  }

  const std::vector<Layer>& layers() const noexcept { return layers_; }

 private:
  std::vector<Layer> layers_;
};

/// FLIQE's binary head: 128 -> 128 -> 64 -> 1, Linear, ReLU, BatchNorm in this order.
template <class Scalar>
Network<Scalar> binary_head(int embedding, Random& random) {
  Network<Scalar> head;
  head.add(Linear<Scalar>(embedding, 128, random));
  head.add(Relu<Scalar>()).add(BatchNorm<Scalar>(128));
  head.add(Linear<Scalar>(128, 64, random));
  head.add(Relu<Scalar>()).add(BatchNorm<Scalar>(64));
  head.add(Linear<Scalar>(64, 1, random));
  return head;
}

}  // namespace fliqe::train
