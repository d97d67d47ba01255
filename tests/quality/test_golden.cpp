// SPDX-License-Identifier: MIT
/// @file
/// Holds the whole path, from file to score, against PyTorch.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/fliqe.hpp>

#include "images/decode.hpp"
#include "support/files.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"
#include "support/reference.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

constexpr double quality_tolerance = 1e-5;
constexpr double embedding_tolerance = 2e-5;

/// All pictures; a few where each one takes seconds.
std::vector<Golden> pictures(const fs::path& golden) {
  std::vector<Golden> entries = read_golden(golden);
#if defined(FLIQE_SLOWED)
  entries.resize(4);
#endif
  return entries;
}

template <class Network>
void check_golden(const Network& fliqe, const fs::path& images, const fs::path& golden) {
  double worst_quality = 0, worst_embedding = 0;
  for (const Golden& entry : pictures(golden)) {
    const std::string path = (images / entry.image).string();
    const Image image = tools::decode(read_file(path), path);
    const Assessment result = fliqe.assess(image);
    INFO(entry.image << ": quality " << result.quality << ", PyTorch " << entry.quality);
    CHECK(std::abs(result.quality - entry.quality) <= quality_tolerance);
    worst_quality = std::max(worst_quality, std::abs(result.quality - entry.quality));
    for (std::size_t i = 0; i < entry.embedding.size(); ++i) {
      worst_embedding =
          std::max<double>(worst_embedding, std::abs(result.embedding[i] - entry.embedding[i]));
    }
    const std::vector<float> features = fliqe.features(image);
    for (std::size_t i = 0; i < entry.first_features.size(); ++i) {
      CHECK(features[i] == Approx(entry.first_features[i]).epsilon(1e-4).margin(1e-4));
    }
  }
  CHECK(worst_embedding <= embedding_tolerance);
  WARN("largest difference from PyTorch: quality " << worst_quality << ", embedding "
                                                   << worst_embedding);
}

/// Converts a checkpoint with the program itself.
std::string converted(const fs::path& checkpoint, const TemporaryDir& dir) {
  const std::string output = dir / "model.safetensors";
  const Finished done = test::fliqe("convert '" + checkpoint.string() + "' '" + output + "'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  return output;
}

/// Converts one of the shared checkpoints and holds it against its golden values.
template <class Backbone>
void check_checkpoint(const std::string& checkpoint, const std::string& golden) {
  const auto shared = shared_dir_for_figures();
  if (!shared) return skip(no_shared_dir_for_figures);
  const TemporaryDir dir;
  const FLIQE<Backbone> fliqe(converted(*shared / "models" / checkpoint, dir));
  check_golden(fliqe, *shared / "images", *shared / "golden" / golden);
}

}  // namespace

TEST_CASE("given the shipped weights and example pictures, scores equal PyTorch's") {
  const bool parity = GENERATE(false, true);
  for (const Isa isa : host_isas()) {
    const auto file = weights::Safetensors::open(default_weights());
    const model::Network network(file, nullptr, 2, {.parity = parity}, kernels::table_for(isa));
    model::Workspace workspace = network.make_workspace(1);
    for (const Golden& entry : read_golden(source_dir() / "tests/data/golden-examples.json")) {
      const std::string path = (example_images() / entry.image).string();
      const Image small = resize_bilinear(tools::decode(read_file(path), path), 224, 224);
      const TensorView input = network.input(workspace, 0);
      const int channels = channel_count(small.format);
      for (int y = 0; y < 224; ++y) {
        for (int x = 0; x < 224; ++x) {
          for (int c = 0; c < 3; ++c) {
            const std::uint8_t value = small.view().row(y)[x * channels + (channels == 3 ? c : 0)];
            input.pixel(0, y, x)[c] = static_cast<float>(value) / 255.0f;
          }
        }
      }
      network.run(workspace, 1, 2);
      INFO(entry.image << " on " << to_string(isa) << (parity ? ", parity" : ""));
      const double quality =
          1 / (1 + std::exp(static_cast<double>(network.logits(workspace, 0)[0])));
      CHECK(std::abs(quality - entry.quality) <= quality_tolerance);
      double worst = 0;
      for (std::size_t i = 0; i < entry.embedding.size(); ++i) {
        worst = std::max<double>(worst,
                                 std::abs(network.embedding(workspace, 0)[i] - entry.embedding[i]));
      }
      CHECK(worst <= embedding_tolerance);
    }
  }
}

TEST_CASE("given the compact checkpoint, all golden pictures score as in PyTorch", "[shared]") {
  check_checkpoint<CompactResNet50>("compact.pth", "compact.json");
}

TEST_CASE("given the full-size checkpoint, all golden pictures score as in PyTorch", "[shared]") {
  check_checkpoint<ResNet50>("encoder_with_binary_head.pth", "full.json");
}
