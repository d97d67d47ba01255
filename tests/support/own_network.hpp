// SPDX-License-Identifier: MIT
/// @file
/// Weights files of networks that are none of the built-in ones.
#pragma once

#include <cmath>
#include <fliqe/model/check_weights.hpp>
#include <fliqe/model/network_json.hpp>
#include <fliqe/model/weights_manifest.hpp>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "support/random_tensor.hpp"
#include "weights/safetensors_writer.hpp"

namespace fliqe::test {

using Weights = std::map<std::string, std::vector<float>>;

/// A small network of basic blocks with one head, that of a score.
inline NetworkSpec basic_network() {
  return {.name = "basic",
          .input = {.height = 48, .width = 64},
          .stem = {.channels = 16},
          .block = BlockKind::basic,
          .stages = {{1, 16, 1}, {2, 32, 2}},
          .projection = {24},
          .embedding = 20,
          .heads = {HeadSpec{.hidden = {16}}}};
}

/// As a trained network has them: activations neither vanish nor explode.
inline Weights random_weights(const model::WeightsManifest& manifest, Random& random) {
  Weights weights;
  for (const auto& [name, shape] : manifest.tensors()) {
    const std::size_t count = *weights::element_count(shape);
    const auto fan_in = static_cast<float>(count / static_cast<std::size_t>(shape[0]));
    std::vector<float> values =
        random.vector(count, shape.size() > 1 ? std::sqrt(2 / fan_in) : 0.1f);
    const bool is_norm_weight = shape.size() == 1 && name.ends_with(".weight");
    for (float& value : values) {
      if (is_norm_weight) value += 1;
      if (name.ends_with(".running_var")) value = 1 + std::abs(value);
    }
    weights[name] = std::move(values);
  }
  return weights;
}

inline void write(const model::WeightsManifest& manifest, const Weights& values,
                  const std::string& path, const weights::TensorSet::Metadata& metadata) {
  weights::TensorSet tensors(path, {}, metadata);
  for (const auto& [name, shape] : manifest.tensors()) {
    tensors.add({name, weights::DType::f32, shape, std::as_bytes(std::span(values.at(name)))});
  }
  tools::write_safetensors(path, tensors);
}

/// Weights for the network, in a file that describes it.
inline void write_described(const NetworkSpec& spec, const Weights& values,
                            const std::string& path) {
  write(model::WeightsManifest(spec, model::ModelKind::full), values, path,
        {{model::network_key, to_json(spec)}});
}

}  // namespace fliqe::test
