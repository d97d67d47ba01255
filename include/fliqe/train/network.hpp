// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/operations.hpp>
#include <fliqe/train/layers.hpp>
#include <fliqe/version.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace fliqe::inline FLIQE_ABI::train {

/// Layers one after the other. The place of a layer is its number in a PyTorch state dict.
template <class Scalar>
class Network {
 public:
  using Layer = std::variant<Linear<Scalar>, Relu<Scalar>, BatchNorm<Scalar>, UnitLength<Scalar>>;

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

  template <class Visitor>
  void for_each_parameter(const Visitor& visit) {
    for (Layer& layer : layers_) {
      std::visit([&](auto& each) { each.for_each_parameter(visit); }, layer);
    }
  }

  /// Everything that is stored: `visit(name, values, shape)` with names such as "3.running_mean".
  template <class Visitor>
  void for_each_array(const Visitor& visit) {
    for (std::size_t place = 0; place < layers_.size(); ++place) {
      const auto named = [&](const char* part, Matrix<Scalar>& values, weights::Shape shape) {
        visit(std::to_string(place) + "." + part, values, std::move(shape));
      };
      std::visit([&](auto& each) { each.for_each_array(named); }, layers_[place]);
    }
  }

 private:
  std::vector<Layer> layers_;
};

/// A trainable network of the operations; their names have to be its places in a state dict.
template <class Scalar>
Network<Scalar> network_of(const std::vector<model::Operation>& operations, Random& random) {
  Network<Scalar> network;
  for (const model::Operation& operation : operations) {
    const int in = operation.shape.in_channels, out = operation.shape.out_channels;
    if (operation.kind == model::OperationKind::linear) {
      network.add(Linear<Scalar>(in, out, random));
    }
    if (operation.kind == model::OperationKind::batch_norm || !operation.batch_norm.empty()) {
      network.add(BatchNorm<Scalar>(out));
    }
    if (operation.relu) network.add(Relu<Scalar>());
    if (operation.kind == model::OperationKind::normalize) network.add(UnitLength<Scalar>());
  }
  return network;
}

/// From embeddings of the given length to logits.
template <class Scalar>
Network<Scalar> classifier_head(const HeadSpec& head, int embedding, Random& random) {
  return network_of<Scalar>(model::OperationList::of_head(head, embedding), random);
}

/// From a trunk's features to embeddings of length 1.
template <class Scalar>
Network<Scalar> projection_head(const NetworkSpec& spec, Random& random) {
  return network_of<Scalar>(model::OperationList::of_projection(spec), random);
}

}  // namespace fliqe::inline FLIQE_ABI::train
