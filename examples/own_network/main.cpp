// SPDX-License-Identifier: MIT
// A network of one's own: ResNet18 on pictures of 320x240, with an embedding of 64 numbers, a score
// and the weather. Computes all of it for each picture, in one pass. Without weights it takes
// random ones, which shows how fast such a network would be.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fliqe/base/random.hpp>
#include <fliqe/fliqe.hpp>
#include <fliqe/model/check_weights.hpp>
#include <fliqe/model/weights_manifest.hpp>
#include <string>
#include <vector>

namespace {

struct WeatherNetwork {
  static fliqe::NetworkSpec spec() {
    return {.name = "weather",
            .input = {.height = 240, .width = 320},
            .block = fliqe::BlockKind::basic,
            .stages = {{2, 64, 1}, {2, 128, 2}, {2, 256, 2}, {2, 512, 2}},
            .embedding = 64,
            .heads = {{.name = "quality", .hidden = {32}},
                      {.name = "weather",
                       .kind = fliqe::HeadKind::classes,
                       .hidden = {32},
                       .classes = {"fog", "rain", "sun"},
                       .prefix = "weather."}}};
  }
};

using Model = fliqe::FLIQE<WeatherNetwork>;

/// Every tensor of the network, made here; yours come from wherever you have them.
fliqe::weights::TensorSet random_weights() {
  fliqe::Random random(1);
  fliqe::weights::TensorSet tensors("random weights");
  const fliqe::model::WeightsManifest manifest(WeatherNetwork::spec(),
                                               fliqe::model::ModelKind::full);
  for (const auto& [name, shape] : manifest.tensors()) {
    std::vector<float> values(*fliqe::weights::element_count(shape), 1.0f);
    if (shape.size() > 1) {
      const double deviation =
          std::sqrt(2.0 * static_cast<double>(shape[0]) / static_cast<double>(values.size()));
      for (float& value : values) value = static_cast<float>(deviation * random.normal());
    }
    tensors.add(
        fliqe::weights::make_tensor(name, fliqe::weights::DType::f32, shape, std::move(values)));
  }
  return tensors;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    return std::fprintf(stderr, "usage: %s WEIGHTS|random PICTURE...\n", argv[0]), 2;
  }
  const Model model = std::string(argv[1]) == "random" ? Model(random_weights()) : Model(argv[1]);
  for (int i = 2; i < argc; ++i) {
    const fliqe::Image image = fliqe::load_image(argv[i]);
    const auto start = std::chrono::steady_clock::now();
    const fliqe::Outputs outputs = model.outputs(image);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    const auto& weather = outputs.heads[1];
    std::printf("quality %.4f", outputs.heads[0].probabilities[0]);
    for (std::size_t k = 0; k < weather.probabilities.size(); ++k) {
      std::printf(", %s %.2f", model.spec().heads[1].classes[k].c_str(), weather.probabilities[k]);
    }
    std::printf(", %.1f ms: %s\n", time.count(), argv[i]);
  }
} catch (const fliqe::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
