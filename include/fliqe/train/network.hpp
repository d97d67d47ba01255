// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/backbone.hpp>
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

  template <class See>
  void for_each_parameter(const See& see) {
    for (Layer& layer : layers_) {
      std::visit([&](auto& each) { each.for_each_parameter(see); }, layer);
    }
  }

  /// Everything that is stored: `see(name, values, shape)` with names such as "3.running_mean".
  template <class See>
  void for_each_array(const See& see) {
    for (std::size_t place = 0; place < layers_.size(); ++place) {
      const auto named = [&](const char* part, Matrix<Scalar>& values, weights::Shape shape) {
        see(std::to_string(place) + "." + part, values, std::move(shape));
      };
      std::visit([&](auto& each) { each.for_each_array(named); }, layers_[place]);
    }
  }

 private:
  std::vector<Layer> layers_;
};

/// FLIQE's head: 128 -> 128 -> 64 -> outputs, Linear, ReLU, BatchNorm in this order. One output is
/// the logit of being distorted, several are those of as many classes.
template <class Scalar>
Network<Scalar> classifier_head(int outputs, Random& random) {
  Network<Scalar> head;
  head.add(Linear<Scalar>(embedding_size, 128, random));
  head.add(Relu<Scalar>()).add(BatchNorm<Scalar>(128));
  head.add(Linear<Scalar>(128, 64, random));
  head.add(Relu<Scalar>()).add(BatchNorm<Scalar>(64));
  head.add(Linear<Scalar>(64, outputs, random));
  return head;
}

/// From a trunk's features to embeddings of length 1: Linear, BatchNorm, ReLU for each hidden
/// layer, Linear.
template <class Scalar>
Network<Scalar> projection_head(const BackboneSpec& spec, Random& random) {
  Network<Scalar> head;
  int width = spec.features();
  for (const int hidden : spec.hidden) {
    if (hidden == 0) break;
    head.add(Linear<Scalar>(width, hidden, random)).add(BatchNorm<Scalar>(hidden));
    head.add(Relu<Scalar>());
    width = hidden;
  }
  head.add(Linear<Scalar>(width, embedding_size, random)).add(UnitLength<Scalar>());
  return head;
}

}  // namespace fliqe::inline FLIQE_ABI::train
