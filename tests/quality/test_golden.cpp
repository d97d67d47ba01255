// SPDX-License-Identifier: MIT
/// @file
/// Holds the whole path, from file to score, against PyTorch.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/base/file.hpp>
#include <fliqe/fliqe.hpp>

#include "images/decode.hpp"
#include "support/files.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"
#include "support/reference.hpp"
#include "support/skip.hpp"
#include "support/widened_weights.hpp"

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

Image decoded(const fs::path& images, const Golden& entry) {
  const std::string path = (images / entry.image).string();
  return tools::decode(read_file(path), path);
}

template <class Network>
void check_scores(const Network& fliqe, const fs::path& images, const std::vector<Golden>& golden) {
  double worst_quality = 0, worst_embedding = 0;
  for (const Golden& entry : golden) {
    const Assessment result = fliqe.assess(decoded(images, entry));
    INFO(entry.image << ": quality " << result.quality << ", PyTorch " << entry.quality);
    CHECK(std::abs(result.quality - entry.quality) <= quality_tolerance);
    worst_quality = std::max(worst_quality, std::abs(result.quality - entry.quality));
    for (std::size_t i = 0; i < entry.embedding.size(); ++i) {
      worst_embedding =
          std::max<double>(worst_embedding, std::abs(result.embedding[i] - entry.embedding[i]));
    }
  }
  CHECK(worst_embedding <= embedding_tolerance);
  WARN("largest difference from PyTorch: quality " << worst_quality << ", embedding "
                                                   << worst_embedding);
}

template <class Network>
void check_golden(const Network& fliqe, const fs::path& images, const fs::path& golden) {
  const std::vector<Golden> entries = pictures(golden);
  check_scores(fliqe, images, entries);
  for (const Golden& entry : entries) {
    const std::vector<float> features = fliqe.features(decoded(images, entry));
    for (std::size_t i = 0; i < entry.first_features.size(); ++i) {
      CHECK(features[i] == Approx(entry.first_features[i]).epsilon(1e-4).margin(1e-4));
    }
  }
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
  const std::string weights = converted(*shared / "models" / checkpoint, dir);
  for (const Isa isa : host_isas()) {
    INFO(to_string(isa));
    const FLIQE<Backbone> fliqe(weights, {.isa = isa});
    check_golden(fliqe, *shared / "images", *shared / "golden" / golden);
  }
}

}  // namespace

TEST_CASE("given the shipped weights and example pictures, scores equal PyTorch's") {
  const bool parity = GENERATE(false, true);
  for (const Isa isa : host_isas()) {
    INFO(to_string(isa) << (parity ? ", parity" : ""));
    const FLIQE<CompactResNet50> fliqe(default_weights(), {.parity = parity, .isa = isa});
    check_golden(fliqe, example_images(), example_golden());
  }
}

TEST_CASE("given a full-size network of the same function, scores equal PyTorch's") {
  const TemporaryDir dir;
  WidenedWeights(default_weights()).write(dir / "full.safetensors");
  const FLIQE<> fliqe(dir / "full.safetensors");
  CHECK(fliqe.spec() == ResNet50::spec());
  check_scores(fliqe, example_images(), read_golden(example_golden()));
}

TEST_CASE("given compact checkpoints, all golden pictures score as in PyTorch", "[shared]") {
  check_checkpoint<CompactResNet50>("compact2.pth", "compact2.json");
  check_checkpoint<CompactResNet50>("compact.pth", "compact.json");
}

TEST_CASE("given the full-size checkpoint, all golden pictures score as in PyTorch", "[shared]") {
  check_checkpoint<ResNet50>("encoder_with_binary_head.pth", "full.json");
}
