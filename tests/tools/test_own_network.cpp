// SPDX-License-Identifier: MIT
/// @file
/// A network of basic blocks through every command that reads or writes weights.
#include <catch2/catch.hpp>
#include <fliqe/fliqe.hpp>
#include <fliqe/model/network_json.hpp>
#include <nlohmann/json.hpp>

#include "support/files.hpp"
#include "support/own_network.hpp"
#include "support/program.hpp"
#include "train/feature_table.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

/// Its weights in a file without a description, and the description beside it.
struct Files {
  TemporaryDir dir;
  std::string bare = dir / "bare.safetensors";
  std::string description = dir / "net.json";
  std::string described = dir / "described.safetensors";

  Files() {
    test::Random random(11);
    const model::WeightsManifest manifest(basic_network(), model::ModelKind::full);
    write(manifest, random_weights(manifest, random), bare, {});
    test::write_file(description, to_json(basic_network()));
  }

  std::string quoted(const std::string& name) const { return " '" + dir / name + "' "; }
};

/// Features of pictures from some sources, random about a mean for each label.
tools::FeatureTable feature_table(const std::vector<std::string>& labels) {
  fliqe::Random random(2);
  tools::FeatureTable table;
  for (std::size_t i = 0; i < 120; ++i) {
    std::vector<float> values;
    for (int channel = 0; channel < basic_network().features(); ++channel) {
      values.push_back(static_cast<float>(random.between(0, 1) + static_cast<double>(i % 3)));
    }
    table.rows.push_back(
        {"p" + std::to_string(i), labels[i % 3], "g" + std::to_string(i % 8), std::move(values)});
  }
  return table;
}

void run_fliqe(const std::string& arguments) {
  const Finished done = test::fliqe(arguments);
  INFO(arguments << "\n" << done.errors);
  REQUIRE(done.exit_code == 0);
}

std::string pictures() {
  return " '" + example_images().string() + "' ";
}

}  // namespace

TEST_CASE("given a description, convert puts it into the file, and info shows it") {
  const Files files;
  const Finished refused = test::fliqe("convert" + files.quoted("bare.safetensors") +
                                       files.quoted("described.safetensors"));
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.errors, Catch::Contains("bare.safetensors"));

  run_fliqe("convert" + files.quoted("bare.safetensors") + files.quoted("described.safetensors") +
            "--network" + files.quoted("net.json"));
  const Finished info = test::fliqe("info --json" + files.quoted("described.safetensors"));
  const auto json = nlohmann::json::parse(info.output);
  CHECK(json["network"] == nlohmann::json::parse(to_json(basic_network())));
  CHECK(json["content"] == "basic, full model");
  CHECK(json["metadata"]["preprocessing"] == "RGB, Pillow BILINEAR to 64x48, divided by 255");
  CHECK(FLIQE<AnyBackbone>(files.described).spec() == basic_network());
}

TEST_CASE("given a described network, it is quantized, and its scores hardly change") {
  const Files files;
  run_fliqe("convert" + files.quoted("bare.safetensors") + files.quoted("described.safetensors") +
            "--network" + files.quoted("net.json"));
  run_fliqe("quantize" + files.quoted("described.safetensors") + "--images" + pictures() + "-o" +
            files.quoted("int8.safetensors"));
  const FLIQE<AnyBackbone> exact(files.described);
  const FLIQE<AnyBackbone, int8> bytes(files.dir / "int8.safetensors");
  CHECK(bytes.spec() == basic_network());
  const Image picture = load_image((example_images() / "0_120_60_0_09564.jpg").string());
  CHECK(bytes.estimate_image_quality(picture) ==
        Approx(exact.estimate_image_quality(picture)).margin(0.05));
}

TEST_CASE("given a described network, its projection and more heads are trained") {
  const Files files;
  run_fliqe("convert" + files.quoted("bare.safetensors") + files.quoted("described.safetensors") +
            "--network" + files.quoted("net.json"));
  feature_table({"clean", "noise", "other"}).write(files.dir / "trunk.npy");
  const std::string weights = " --weights" + files.quoted("described.safetensors");
  const std::string options = " --epochs 2 -o";
  run_fliqe("train-encoder --features" + files.quoted("trunk.npy") + weights + options +
            files.quoted("encoder.safetensors"));
  const std::string encoder = " --weights" + files.quoted("encoder.safetensors");
  run_fliqe("train-head --features" + files.quoted("trunk.npy") + encoder + options +
            files.quoted("scored.safetensors"));
  run_fliqe("train-head --multiclass --add faults --features" + files.quoted("trunk.npy") +
            " --weights" + files.quoted("scored.safetensors") + options +
            files.quoted("both.safetensors"));

  const FLIQE<AnyBackbone> scored(files.dir / "scored.safetensors");
  const FLIQE<AnyBackbone> both(files.dir / "both.safetensors");
  REQUIRE(both.spec().heads.size() == 2);
  CHECK(both.spec().heads[1].name == "faults");
  CHECK(both.classes() == std::vector<std::string>{"clean", "noise", "other"});
  const Image picture = load_image((example_images() / "0_120_60_0_09564.jpg").string());
  CHECK(both.estimate_image_quality(picture) == scored.estimate_image_quality(picture));
  CHECK(both.classify(picture).size() == 3);
}
