// SPDX-License-Identifier: MIT
/// @file
/// One score, whatever computes it: the program, C++ and C, on every instruction set of the host.
#include <fliqe.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <fliqe/base/file.hpp>
#include <fliqe/fliqe.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>

#include "images/decode.hpp"
#include "support/checkpoint_writer.hpp"
#include "support/files.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"
#include "support/reference.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

constexpr double tolerance = 1e-5;

/// Scores by path.
using Table = std::map<std::string, std::string>;

/// "0.9935  examples/images/0_120_60_0_09564.jpg", indented or not.
Table read_table(const std::string& text) {
  const std::regex line(R"((\d\.\d{4})  (examples/images/\S+))");
  Table table;
  for (std::sregex_iterator found(text.begin(), text.end(), line), end; found != end; ++found) {
    table[(*found)[2]] = (*found)[1];
  }
  return table;
}

Table readme_table() {
  return read_table(read_text((source_dir() / "README.md").string()));
}

std::string four_decimals(double quality) {
  char text[16];
  std::snprintf(text, sizeof(text), "%.4f", quality);
  return text;
}

/// Environment for the program.
std::string forced(Isa isa) {
  return "FLIQE_ISA=" + std::string(to_string(isa));
}

/// Quality by name of picture, as the program prints it in JSON.
std::map<std::string, double> program_scores(const fs::path& images, Isa isa,
                                             const std::string& options) {
  const Finished done =
      test::fliqe("score -q --format jsonl " + options + " '" + images.string() + "'", forced(isa));
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  std::map<std::string, double> scores;
  std::istringstream lines(done.output);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    scores[fs::path(json["file"].get<std::string>()).filename().string()] = json["quality"];
  }
  return scores;
}

/// The program's scores against PyTorch's, and those of each instruction set against the first's.
void check_program(const fs::path& images, const fs::path& golden,
                   const std::string& options = "") {
  std::map<std::string, double> first;
  for (const Isa isa : host_isas()) {
    const auto scores = program_scores(images, isa, options);
    if (first.empty()) first = scores;
    for (const Golden& entry : read_golden(golden)) {
      INFO(entry.image << " on " << to_string(isa));
      REQUIRE(scores.contains(entry.image));
      CHECK(std::abs(scores.at(entry.image) - entry.quality) <= tolerance);
      CHECK(std::abs(scores.at(entry.image) - first.at(entry.image)) <= tolerance);
    }
  }
}

/// Every example picture, decoded as the program does it.
template <class Body>
void for_each_example(const Body& body) {
  for (const auto& [path, score] : readme_table()) {
    const std::string file = (source_dir() / path).string();
    INFO(path);
    body(tools::decode(read_file(file), file), score);
  }
}

}  // namespace

TEST_CASE("given README's table, quickstart's command prints it on every instruction set") {
  const Table expected = readme_table();
  CHECK(expected.size() == read_golden(example_golden()).size());
  for (const Isa isa : host_isas()) {
    INFO(to_string(isa));
    const Finished done = test::fliqe("score examples/images",
                                      "cd '" + source_dir().string() + "' && " + forced(isa));
    CHECK(done.exit_code == 0);
    CHECK(read_table(done.output) == expected);
  }
}

TEST_CASE("given README's table, C++ computes it on every instruction set") {
  const FLIQE<CompactResNet50> baseline(default_weights(), {.isa = Isa::baseline});
  for (const Isa isa : host_isas()) {
    const FLIQE<AnyBackbone, AnyPrecision> any(default_weights(), {.isa = isa});
    const FLIQE<CompactResNet50> compact(default_weights(), {.isa = isa});
    CHECK(any.precision() == PrecisionKind::f32);
    for_each_example([&](const Image& image, const std::string& score) {
      INFO(to_string(isa));
      const double quality = any.estimate_image_quality(image);
      CHECK(four_decimals(quality) == score);
      CHECK(quality == compact.estimate_image_quality(image));
      CHECK(std::abs(quality - baseline.estimate_image_quality(image)) <= tolerance);
    });
  }
}

TEST_CASE("given README's table, C computes it on every instruction set") {
  for (const Isa isa : host_isas()) {
    const std::string name(to_string(isa));
    fliqe_options options = FLIQE_OPTIONS_INIT;
    options.isa = name.c_str();
    fliqe_model* model = nullptr;
    REQUIRE(fliqe_open(&model, nullptr, &options) == FLIQE_OK);
    for_each_example([&](const Image& image, const std::string& score) {
      const int format = image.format == PixelFormat::gray8 ? FLIQE_GRAY8 : FLIQE_RGB8;
      REQUIRE((image.format == PixelFormat::gray8 || image.format == PixelFormat::rgb8));
      const fliqe_image view{image.pixels.data(), image.width, image.height, 0, format};
      double quality = -1;
      INFO(name);
      CHECK(fliqe_score(model, &view, &quality) == FLIQE_OK);
      CHECK(four_decimals(quality) == score);
    });
    fliqe_close(model);
  }
}

TEST_CASE(
    "given a checkpoint, C scores as with the safetensors file; given a broken one, it says so") {
  const TemporaryDir dir;
  const std::string path = dir / "w.pth";
  const std::string file = checkpoint_of(weights::read_safetensors(default_weights()));
  write_file(path, file);
  fliqe_model* model = nullptr;
  REQUIRE(fliqe_open(&model, path.c_str(), nullptr) == FLIQE_OK);
  const std::vector<std::uint8_t> pixels(1200, 77);
  const fliqe_image view{pixels.data(), 40, 30, 0, FLIQE_GRAY8};
  double quality = -1;
  CHECK(fliqe_score(model, &view, &quality) == FLIQE_OK);
  const FLIQE<AnyBackbone, AnyPrecision> expected(default_weights());
  CHECK(quality == expected.estimate_image_quality(gray(pixels.data(), 40, 30, 40)));
  fliqe_close(model);

  write_file(path, file.substr(0, file.size() / 2));
  CHECK(fliqe_open(&model, path.c_str(), nullptr) == FLIQE_ERROR_CORRUPT_FILE);
  CHECK(model == nullptr);
  CHECK_THAT(fliqe_message(), Catch::StartsWith(path) && Catch::Contains("truncated"));
}

TEST_CASE("given the example pictures, the program scores as PyTorch on every instruction set") {
  check_program(example_images(), example_golden());
}

TEST_CASE(
    "given all golden pictures and a checkpoint, the program scores as PyTorch on every "
    "instruction set",
    "[shared]") {
  const auto shared = shared_dir_for_figures();
  if (!shared) return skip(no_shared_dir_for_figures);
  check_program(*shared / "images", *shared / "golden/compact2.json",
                "--weights '" + (*shared / "models/compact2.pth").string() + "'");
}
