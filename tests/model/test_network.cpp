// SPDX-License-Identifier: MIT
/// @file
/// A whole network of a topology of its own against its definition in double precision.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/fliqe.hpp>
#include <map>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/random_tensor.hpp"
#include "support/reference.hpp"
#include "weights/safetensors_writer.hpp"

using namespace fliqe;
using namespace fliqe::test;
using model::Operation;
using model::OperationKind;

namespace {

/// Neither of the built-in networks.
struct TinyResNet {
  static constexpr BackboneSpec spec{"tiny", {1, 2, 1, 1}, 32, {48, 24, 0}};
};

using Weights = std::map<std::string, std::vector<float>>;

/// As a trained network has them: activations neither vanish nor explode.
Weights random_weights(const model::WeightsManifest& manifest, test::Random& random) {
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

void write(const model::WeightsManifest& manifest, const Weights& values, const std::string& path) {
  weights::TensorSet tensors(path);
  for (const auto& [name, shape] : manifest.tensors()) {
    tensors.add({name, weights::DType::f32, shape, std::as_bytes(std::span(values.at(name)))});
  }
  tools::write_safetensors(path, tensors);
}

/// Height, width, channels.
struct Map {
  int h = 1, w = 1, c = 1;
  std::vector<double> values;

  Map(int height, int width, int channels)
      : h(height),
        w(width),
        c(channels),
        values(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
               static_cast<std::size_t>(channels)) {}

  double& at(int y, int x, int channel) {
    return values[static_cast<std::size_t>((y * w + x) * c + channel)];
  }
  double at(int y, int x, int channel) const { return const_cast<Map&>(*this).at(y, x, channel); }
  bool contains(int y, int x) const { return y >= 0 && x >= 0 && y < h && x < w; }
};

/// The network as its definition reads.
class NaiveNetwork {
 public:
  explicit NaiveNetwork(const Weights& weights) : weights_(weights) {}

  std::vector<Map> run(const std::vector<Operation>& operations, const Map& picture) const {
    std::vector<Map> outputs;
    for (const Operation& operation : operations) {
      const auto output_of = [&](int index) -> const Map& {
        return index == Operation::picture ? picture : outputs[static_cast<std::size_t>(index)];
      };
      Map output = apply(operation, output_of(operation.input));
      if (!operation.batch_norm.empty()) normalize_batch(operation.batch_norm, output);
      if (operation.residual != Operation::none) {
        const Map& residual = output_of(operation.residual);
        std::ranges::transform(output.values, residual.values, output.values.begin(), std::plus());
      }
      if (operation.relu) {
        for (double& value : output.values) value = std::max(value, 0.0);
      }
      outputs.push_back(std::move(output));
    }
    return outputs;
  }

 private:
  Map apply(const Operation& operation, const Map& input) const {
    switch (operation.kind) {
      case OperationKind::convolution:
      case OperationKind::linear:
        return convolve(operation, input);
      case OperationKind::max_pool:
        return max_pool(input);
      case OperationKind::average_pool:
        return average(input);
      case OperationKind::batch_norm: {
        Map output = input;
        normalize_batch(operation.name, output);
        return output;
      }
      case OperationKind::normalize:
        return unit_length(input);
    }
    return input;
  }

  Map convolve(const Operation& operation, const Map& input) const {
    const nn::Conv2dShape& s = operation.shape;
    const std::vector<float>& weight = weights_.at(operation.name + ".weight");
    const auto bias = weights_.find(operation.name + ".bias");
    Map output((input.h + 2 * s.padding - s.kernel_height) / s.stride + 1,
               (input.w + 2 * s.padding - s.kernel_width) / s.stride + 1, s.out_channels);
    for (int y = 0; y < output.h; ++y) {
      for (int x = 0; x < output.w; ++x) {
        for (int out = 0; out < output.c; ++out) {
          double sum = bias == weights_.end() ? 0 : bias->second[static_cast<std::size_t>(out)];
          std::size_t at = static_cast<std::size_t>(out) * s.weights_per_output();
          for (int in = 0; in < input.c; ++in) {
            for (int ky = 0; ky < s.kernel_height; ++ky) {
              for (int kx = 0; kx < s.kernel_width; ++kx, ++at) {
                const int iy = y * s.stride - s.padding + ky, ix = x * s.stride - s.padding + kx;
                if (input.contains(iy, ix)) sum += input.at(iy, ix, in) * weight[at];
              }
            }
          }
          output.at(y, x, out) = sum;
        }
      }
    }
    return output;
  }

  static Map max_pool(const Map& input) {
    Map output((input.h - 1) / 2 + 1, (input.w - 1) / 2 + 1, input.c);
    for (int y = 0; y < output.h; ++y) {
      for (int x = 0; x < output.w; ++x) {
        for (int c = 0; c < output.c; ++c) {
          double largest = -INFINITY;
          for (int iy = 2 * y - 1; iy <= 2 * y + 1; ++iy) {
            for (int ix = 2 * x - 1; ix <= 2 * x + 1; ++ix) {
              if (input.contains(iy, ix)) largest = std::max(largest, input.at(iy, ix, c));
            }
          }
          output.at(y, x, c) = largest;
        }
      }
    }
    return output;
  }

  static Map average(const Map& input) {
    Map output(1, 1, input.c);
    for (std::size_t i = 0; i < input.values.size(); ++i) {
      output.values[i % output.values.size()] += input.values[i] / (input.h * input.w);
    }
    return output;
  }

  static Map unit_length(const Map& input) {
    double squares = 0;
    for (const double value : input.values) squares += value * value;
    Map output = input;
    for (double& value : output.values) value /= std::sqrt(squares);
    return output;
  }

  void normalize_batch(const std::string& name, Map& map) const {
    const auto &weight = weights_.at(name + ".weight"), &bias = weights_.at(name + ".bias"),
               &mean = weights_.at(name + ".running_mean"),
               &variance = weights_.at(name + ".running_var");
    for (std::size_t i = 0; i < map.values.size(); ++i) {
      const std::size_t c = i % weight.size();
      const double deviation = std::sqrt(static_cast<double>(variance[c]) + 1e-5);
      map.values[i] = (map.values[i] - mean[c]) / deviation * weight[c] + bias[c];
    }
  }

  const Weights& weights_;
};

Image random_picture(test::Random& random) {
  Image image{input_size, input_size, PixelFormat::rgb8, {}};
  for (int i = 0; i < input_size * input_size * 3; ++i) {
    image.pixels.push_back(static_cast<std::uint8_t>(random.between(0, 255)));
  }
  return image;
}

double largest_difference(std::span<const float> found, const Map& expected) {
  REQUIRE(found.size() == expected.values.size());
  double largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    largest = std::max(largest, std::abs(found[i] - expected.values[i]));
  }
  return largest;
}

}  // namespace

TEST_CASE("given a topology of one's own, the network computes its definition") {
  test::Random random(20);
  const model::WeightsManifest manifest(TinyResNet::spec, model::ModelKind::full);
  const Weights values = random_weights(manifest, random);
  const TemporaryDir dir;
  const std::string path = dir / "tiny.safetensors";
  write(manifest, values, path);

  const Image image = random_picture(random);
  Map picture(input_size, input_size, 3);
  std::ranges::transform(image.pixels, picture.values.begin(), [](int v) { return v / 255.0; });
  const std::vector<Map> expected = NaiveNetwork(values).run(manifest.operations(), picture);
  const Map* embedding = nullptr;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (manifest.operations()[i].kind == OperationKind::normalize) embedding = &expected[i];
  }
  REQUIRE(embedding != nullptr);

  for (const Isa isa : host_isas()) {
    for (const bool parity : {false, true}) {
      INFO(to_string(isa) << (parity ? ", parity" : ""));
      const FLIQE<TinyResNet> tiny(path, {.parity = parity, .isa = isa});
      CHECK(tiny.backbone().name == "tiny");
      const Assessment found = tiny.assess(image);
      CHECK(largest_difference(found.embedding, *embedding) <= 2e-5);
      CHECK(largest_difference({&found.logit, 1}, expected.back()) <= 1e-5);
    }
    INFO(to_string(isa) << ", bf16");
    const FLIQE<TinyResNet, bf16> coarse(path, {.isa = isa});
    CHECK(largest_difference(coarse.assess(image).embedding, *embedding) <= 0.02);
  }
}

TEST_CASE("given weights of another topology, the error names what differs") {
  const auto built_in = FLIQE<TinyResNet>::try_load(default_weights());
  REQUIRE_FALSE(built_in.has_value());
  CHECK_THAT(built_in.error().what(),
             Catch::Contains("expected backbone tiny, found resnet50-width16"));
}
