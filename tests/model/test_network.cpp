// SPDX-License-Identifier: MIT
/// @file
/// A whole network of a topology of its own against its definition in double precision.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/fliqe.hpp>
#include <fliqe/model/network_json.hpp>
#include <map>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/own_network.hpp"
#include "support/random_tensor.hpp"
#include "support/reference.hpp"

using namespace fliqe;
using namespace fliqe::test;
using model::Operation;
using model::OperationKind;

namespace {

/// Neither of the built-in networks.
struct TinyResNet {
  static NetworkSpec spec() {
    return {.name = "tiny",
            .input = {.height = 64, .width = 96},
            .stem = {.channels = 32},
            .stages = {{1, 32, 1}, {2, 64, 2}, {1, 128, 2}},
            .projection = {48, 24}};
  }
};

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

Image random_picture(const InputSpec& input, test::Random& random) {
  Image image{input.width, input.height, PixelFormat::rgb8, {}};
  for (int i = 0; i < input.height * input.width * 3; ++i) {
    image.pixels.push_back(static_cast<std::uint8_t>(random.between(0, 255)));
  }
  return image;
}

/// With the first channel in all three.
Image grey(Image image) {
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = image.pixels[i / 3 * 3];
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

/// What the definition of a network gives for a picture of its input's size.
struct Expected {
  Map features, embedding;
  std::vector<Map> logits;
};

Expected expected_outputs(const NetworkSpec& spec, const Weights& values, const Image& image) {
  Map picture(image.height, image.width, 3);
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    picture.values[i] = (image.pixels[i] / 255.0 - static_cast<double>(spec.input.mean[i % 3])) /
                        static_cast<double>(spec.input.deviation[i % 3]);
  }
  const auto operations = model::OperationList::of(spec, model::ModelKind::full);
  const std::vector<Map> outputs = NaiveNetwork(values).run(operations, picture);
  Expected expected{picture, picture, {}};
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations[i].kind == OperationKind::average_pool) expected.features = outputs[i];
    if (operations[i].kind == OperationKind::normalize) expected.embedding = outputs[i];
    const bool is_last_of_head =
        operations[i].part == model::Part::head &&
        (i + 1 == operations.size() || operations[i + 1].head != operations[i].head);
    if (is_last_of_head) expected.logits.push_back(outputs[i]);
  }
  return expected;
}

/// Networks that have nothing in common with the built-in ones but their blocks.
std::vector<NetworkSpec> networks() {
  const HeadSpec score{.name = "quality", .hidden = {24}};
  const HeadSpec weather{.name = "weather",
                         .kind = HeadKind::classes,
                         .hidden = {},
                         .classes = {"fog", "rain", "\"sun\""},
                         .prefix = "weather."};
  return {TinyResNet::spec(),
          {.name = "basic",
           .input = {.height = 45,
                     .width = 70,
                     .mean = {0.4f, 0.5f, 0.3f},
                     .deviation = {0.2f, 0.3f, 0.25f}},
           .stem = {.channels = 32},
           .block = BlockKind::basic,
           .stages = {{2, 32, 1}, {2, 48, 2}},
           .projection = {20},
           .embedding = 16,
           .heads = {score, weather}},
          {.name = "small pictures",
           .input = {.height = 33, .width = 32},
           .stem = {.channels = 16, .kernel = 3, .stride = 1, .max_pool = false},
           .block = BlockKind::basic,
           .stages = {{1, 16, 1}, {1, 32, 2}, {2, 64, 3}},
           .embedding = 200},
          {.name = "narrow",
           .input = {.height = 31, .width = 29},
           .stem = {.channels = 5, .kernel = 5, .stride = 2},
           .stages = {{1, 3, 1}, {2, 6, 2}},
           .embedding = 7}};
}

}  // namespace

TEST_CASE("given a network of one's own, each instruction set computes its definition") {
  const bool is_grey = GENERATE(false, true);
  for (const NetworkSpec& spec : networks()) {
    test::Random random(20);
    const Weights values =
        random_weights(model::WeightsManifest(spec, model::ModelKind::full), random);
    const TemporaryDir dir;
    const std::string path = dir / "own.safetensors";
    write_described(spec, values, path);
    const Image colored = random_picture(spec.input, random);
    const Image image = is_grey ? grey(colored) : colored;
    const Expected expected = expected_outputs(spec, values, image);

    for (const Isa isa : host_isas()) {
      for (const bool parity : {false, true}) {
        INFO(spec.name << ", " << to_string(isa) << (parity ? ", parity" : "")
                       << (is_grey ? ", grey" : ""));
        const FLIQE<AnyBackbone> own(path, {.parity = parity, .isa = isa});
        CHECK(own.spec() == spec);
        const Outputs found = own.outputs(image);
        CHECK(largest_difference(found.features, expected.features) <= 2e-5);
        CHECK(largest_difference(found.embedding, expected.embedding) <= 2e-5);
        REQUIRE(found.heads.size() == spec.heads.size());
        for (std::size_t i = 0; i < found.heads.size(); ++i) {
          CHECK(found.heads[i].name == spec.heads[i].name);
          CHECK(largest_difference(found.heads[i].logits, expected.logits[i]) <= 2e-5);
        }
        CHECK(own.assess(image).logit == found.heads[0].logits[0]);
        CHECK(own.assess(image).embedding == found.embedding);
      }
      if (spec.name == "narrow") continue;  // channels that f32 alone takes
      INFO(spec.name << ", " << to_string(isa) << ", bf16");
      const FLIQE<AnyBackbone, bf16> coarse(path, {.isa = isa});
      CHECK(largest_difference(coarse.embedding(image), expected.embedding) <= 0.02);
    }
  }
}

TEST_CASE("given several heads, one pass gives the score and the named classes") {
  const NetworkSpec spec = networks()[1];
  test::Random random(7);
  const TemporaryDir dir;
  write_described(spec,
                  random_weights(model::WeightsManifest(spec, model::ModelKind::full), random),
                  dir / "w.safetensors");
  const FLIQE<AnyBackbone> fliqe(dir / "w.safetensors");
  const Image image = random_picture(spec.input, random);
  const Outputs outputs = fliqe.outputs(image);
  CHECK(fliqe.classes() == spec.heads[1].classes);
  CHECK(fliqe.classify(image) == outputs.heads[1].probabilities);
  CHECK(fliqe.estimate_image_quality(image) == outputs.heads[0].probabilities[0]);
  double sum = 0;
  for (const double each : outputs.heads[1].probabilities) sum += each;
  CHECK(sum == Approx(1));
}

TEST_CASE("given a type that describes a network, files without a description are taken as it") {
  test::Random random(3);
  const NetworkSpec spec = TinyResNet::spec();
  const model::WeightsManifest manifest(spec, model::ModelKind::full);
  const TemporaryDir dir;
  write(manifest, random_weights(manifest, random), dir / "w.safetensors", {});
  CHECK(FLIQE<TinyResNet>(dir / "w.safetensors").spec() == spec);

  NetworkSpec other = spec;
  other.projection.pop_back();
  const model::WeightsManifest other_manifest(other, model::ModelKind::full);
  write_described(other, random_weights(other_manifest, random), dir / "other.safetensors");
  const auto refused = FLIQE<TinyResNet>::try_load(dir / "other.safetensors");
  REQUIRE_FALSE(refused.has_value());
  CHECK_THAT(refused.error().what(),
             Catch::Contains("expected backbone") && Catch::Contains("\"projection\":[48]"));
}

TEST_CASE("given weights of another topology, the error names what differs") {
  const auto built_in = FLIQE<TinyResNet>::try_load(default_weights());
  REQUIRE_FALSE(built_in.has_value());
  CHECK_THAT(built_in.error().what(),
             Catch::Contains("expected backbone tiny, found resnet50-width16"));
}

TEST_CASE("given a description, JSON keeps all of it") {
  for (const NetworkSpec& spec : networks()) {
    CHECK(network_from_json(to_json(spec), "spec") == spec);
  }
  for (const NetworkSpec& spec : built_in_networks()) {
    CHECK(network_from_json(to_json(spec), "spec") == spec);
  }
}

TEST_CASE("given a short description, what it leaves out has its default") {
  const NetworkSpec spec = network_from_json(
      R"({"name": "a", "block": "basic", "stages": [{"blocks": 2, "channels": 64}],
          "heads": [{"name": "quality"}, {"name": "x", "kind": "classes", "classes": ["p", "q"]}]})",
      "spec");
  CHECK(spec.input == InputSpec{});
  CHECK(spec.stem == StemSpec{});
  CHECK(spec.stages[0].stride == 1);
  CHECK(spec.embedding == 128);
  CHECK(spec.heads[0] == HeadSpec{});
  CHECK(spec.heads[1].prefix == "x.");
}

TEST_CASE("given a description that cannot be, the error says what was expected") {
  const auto message = [](const std::string& text) -> std::string {
    try {
      network_from_json(text, "net.json");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  using Catch::Contains;
  CHECK_THAT(message("{}"), Contains("net.json") && Contains("expected a name and stages"));
  CHECK_THAT(message(R"({"nmae": "a"})"), Contains("unknown field 'nmae'"));
  CHECK_THAT(message(R"({"block": "dense"})"),
             Contains("expected basic or bottleneck, found 'dense'"));
  CHECK_THAT(message(R"({"name": "a", "stages": [{"channels": 0}]})"),
             Contains("channels of a stage: expected 1 to 65536, found 0"));
  CHECK_THAT(message(R"({"name": "a", "stages": [{}], "stem": {"kernel": 4}})"),
             Contains("expected an odd stem kernel"));
  CHECK_THAT(message(R"({"name": "a", "stages": [{}], "input": {"mean": [1, 2]}})"),
             Contains("expected three numbers"));
  CHECK_THAT(message(R"({"name": "a", "stages": [{}], "heads": [{}, {"prefix": "b."}]})"),
             Contains("different names and prefixes"));
  CHECK_THAT(message(R"({"name": "a", "stages": [{}],
                         "heads": [{"kind": "classes", "classes": ["one"]}]})"),
             Contains("classes: expected 2 to 65536, found 1"));
}
