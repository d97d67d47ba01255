// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/files.hpp"
#include "weights/safetensors_writer.hpp"

namespace fliqe::test {

/// The compact network as a full-size ResNet50 that computes the same function, so that the full
/// size is tested without larger material. Channels are repeated; the weights of the copies of an
/// input sum to the original weight, in parts that are powers of two. What the longer projection
/// has in addition passes its non-negative inputs on.
class WidenedWeights {
 public:
  explicit WidenedWeights(const std::string& compact)
      : compact_(weights::read_safetensors(compact)) {
    for (const weights::TensorEntry& tensor : compact_.tensors()) {
      if (tensor.name.starts_with(trunk)) widen_trunk(tensor);
      if (tensor.name.starts_with("classifier.")) add(tensor.name, tensor.shape, values_of(tensor));
    }
    widen_projection();
  }

  void write(const std::string& path) const { tools::write_safetensors(path, tensors_); }

 private:
  static constexpr std::string_view trunk = "iqa_encoder.encoder.";
  static constexpr std::size_t factor = 4;
  static constexpr std::array batch_norm{".weight", ".bias", ".running_mean", ".running_var"};
  using Values = std::vector<float>;

  static Values values_of(const weights::TensorEntry& tensor) {
    if (!is_floating_point(tensor.dtype)) return {};
    const weights::FloatTensor values(tensor);
    return {values.values().begin(), values.values().end()};
  }

  void add(const std::string& name, weights::Shape shape, Values values) {
    if (values.empty()) return;  // a counter of batches
    tensors_.add(make_tensor(name, weights::DType::f32, std::move(shape), std::move(values)));
  }

  static Values repeated(const Values& values, std::size_t times) {
    Values result;
    for (std::size_t i = 0; i < times; ++i)
      result.insert(result.end(), values.begin(), values.end());
    return result;
  }

  /// [out, in, taps] -> [out * repeat_out, in * repeat_in, taps].
  static Values widened(const Values& values, std::size_t out, std::size_t in, std::size_t taps,
                        std::size_t repeat_out, std::size_t repeat_in) {
    constexpr std::array<std::array<float, 4>, 5> parts{
        {{}, {1}, {0.75f, 0.25f}, {}, {0.5f, 0.25f, 0.125f, 0.125f}}};
    Values result;
    result.reserve(values.size() * repeat_out * repeat_in);
    for (std::size_t o = 0; o < out * repeat_out; ++o) {
      for (std::size_t i = 0; i < in * repeat_in; ++i) {
        const float part = parts[repeat_in][(i / in + o) % repeat_in];
        const float* from = values.data() + ((o % out) * in + i % in) * taps;
        for (std::size_t t = 0; t < taps; ++t) result.push_back(part * from[t]);
      }
    }
    return result;
  }

  void widen_trunk(const weights::TensorEntry& tensor) {
    const Values values = values_of(tensor);
    weights::Shape shape = tensor.shape;
    if (shape.size() == 1) {
      add(tensor.name, {shape[0] * 4}, repeated(values, factor));
    } else if (shape.size() == 4) {
      const bool is_stem = shape[1] == 3;
      add(tensor.name, {shape[0] * 4, shape[1] * (is_stem ? 1 : 4), shape[2], shape[3]},
          widened(values, size(shape[0]), size(shape[1]), size(shape[2] * shape[3]), factor,
                  is_stem ? 1 : factor));
    }
  }

  void widen_projection() {
    add(projection("0.weight"), {1024, 2048},
        widened(projection_values("0.weight"), 256, 512, 1, factor, factor));
    add(projection("0.bias"), {1024}, repeated(projection_values("0.bias"), factor));
    for (const char* part : batch_norm) {
      add(projection("1") + part, {1024},
          repeated(projection_values(std::string("1") + part), factor));
    }
    add_identity("3", "4", 512, 2, 4);
    add_identity("6", "7", 256, 1, 2);
    add(projection("9.weight"), {128, 256}, projection_values("3.weight"));
    add(projection("9.bias"), {128}, projection_values("3.bias"));
  }

  /// A linear layer, and a batch normalization that changes nothing.
  void add_identity(const std::string& linear, const std::string& norm, std::int64_t out,
                    std::size_t repeat_out, std::size_t repeat_in) {
    Values identity(256 * 256);
    for (std::size_t i = 0; i < 256; ++i) identity[257 * i] = 1;
    add(projection(linear) + ".weight", {out, static_cast<std::int64_t>(256 * repeat_in)},
        widened(identity, 256, 256, 1, repeat_out, repeat_in));
    const std::array<float, 4> values{1, 0, 0, 1 - 1e-5f};
    add(projection(linear) + ".bias", {out}, Values(size(out), 0));
    for (std::size_t i = 0; i < batch_norm.size(); ++i) {
      add(projection(norm) + batch_norm[i], {out}, Values(size(out), values[i]));
    }
  }

  static std::string projection(const std::string& name) {
    return "iqa_encoder.projection_head." + name;
  }
  Values projection_values(const std::string& name) const {
    return values_of(*compact_.find(projection(name)));
  }
  static std::size_t size(std::int64_t dimension) { return static_cast<std::size_t>(dimension); }

  weights::TensorSet compact_;
  weights::TensorSet tensors_{"widened weights"};
};

}  // namespace fliqe::test
