// SPDX-License-Identifier: MIT
/// @file
/// Weights with a head that names the cause of a low quality, from the engine to the commands.
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/fliqe.hpp>
#include <nlohmann/json.hpp>

#include "app/causes.hpp"
#include "support/files.hpp"
#include "support/own_network.hpp"
#include "support/program.hpp"
#include "train/feature_table.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

NetworkSpec network_with_causes(const std::vector<std::string>& faults) {
  NetworkSpec spec = basic_network();
  spec.heads.push_back({.name = "causes",
                        .kind = HeadKind::causes,
                        .hidden = {16},
                        .classes = faults,
                        .prefix = "cause_classifier."});
  return spec;
}

/// Random weights, with which every quality is `is_low ? nearly 0 : nearly 1`.
std::string written(const TemporaryDir& dir, const NetworkSpec& spec, bool is_low = true) {
  test::Random random(31);
  Weights values = random_weights(model::WeightsManifest(spec, model::ModelKind::full), random);
  values.at("classifier.3.bias")[0] = is_low ? 50.0f : -50.0f;
  const std::string path = dir / "causes.safetensors";
  write_described(spec, values, path);
  return path;
}

std::string picture_path() {
  return (example_images() / "0_120_60_0_09564.jpg").string();
}

std::string run_fliqe(const std::string& arguments) {
  const Finished done = test::fliqe(arguments);
  INFO(arguments << "\n" << done.errors);
  REQUIRE(done.exit_code == 0);
  return done.output;
}

}  // namespace

TEST_CASE("given weights with a head of causes, an assessment has the softmax of its logits") {
  const TemporaryDir dir;
  const FLIQE<AnyBackbone> fliqe(written(dir, network_with_causes({"Blur", "Noise", "Fog"})));
  REQUIRE(fliqe.causes().size() == 3);
  CHECK(fliqe.causes()[2] == "Fog");
  CHECK(fliqe.classes() == std::vector<std::string>{"clean", "distorted"});

  const Image picture = load_image(picture_path());
  const Assessment assessment = fliqe.assess(picture);
  const std::vector<float> logits = fliqe.outputs(picture).heads.at(1).logits;
  REQUIRE(assessment.causes.size() == 3);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
  for (std::size_t i = 0; i < logits.size(); ++i) {
    CHECK(assessment.causes[i] == Approx(std::exp(static_cast<double>(logits[i])) / sum));
  }
  const auto largest = std::ranges::max_element(logits) - logits.begin();
  CHECK(assessment.cause() == static_cast<std::size_t>(largest));
}

TEST_CASE("given more causes than an assessment has room for, all have a probability") {
  const TemporaryDir dir;
  std::vector<std::string> faults;
  for (int i = 0; i < 40; ++i) faults.push_back("fault " + std::to_string(i));
  const FLIQE<AnyBackbone> fliqe(written(dir, network_with_causes(faults)));
  const Assessment assessment = fliqe.assess(load_image(picture_path()));
  CHECK(assessment.causes.size() == 40);
  double sum = 0;
  for (const double each : assessment.causes) sum += each;
  CHECK(sum == Approx(1));
}

TEST_CASE("given weights without a head of causes, no cause is named") {
  const TemporaryDir dir;
  const FLIQE<AnyBackbone> fliqe(written(dir, basic_network()));
  CHECK(fliqe.causes().empty());
  const Assessment assessment = fliqe.assess(load_image(picture_path()));
  CHECK(assessment.causes.empty());
  CHECK_FALSE(assessment.cause().has_value());
}

TEST_CASE("given an unknown kind of head, its description is refused with the kinds there are") {
  std::string text = to_json(network_with_causes({"Blur", "Noise"}));
  text.replace(text.find("\"causes\",\"hidden\""), 8, "\"reasons\"");
  CHECK_THROWS_WITH(network_from_json(text, "net.json"),
                    Catch::Contains("expected score, classes or causes, found 'reasons'"));
}

TEST_CASE("given a low quality, fliqe score names its causes in every format") {
  const TemporaryDir dir;
  const NetworkSpec spec = network_with_causes({"Blur", "Noise", "Fog"});
  const std::string options = " -q --weights '" + written(dir, spec) + "' '" + picture_path() + "'";
  const FLIQE<AnyBackbone, AnyPrecision> fliqe(dir / "causes.safetensors");
  const tools::Causes causes = tools::causes_of(fliqe, fliqe.assess(load_image(picture_path())));
  REQUIRE(!causes.empty());

  const auto line = nlohmann::json::parse(run_fliqe("score --format jsonl" + options));
  REQUIRE(line["causes"].size() == causes.size());
  CHECK(line["causes"][0]["fault"] == causes[0].fault);
  CHECK(line["causes"][0]["probability"].get<double>() == Approx(causes[0].probability));

  const std::string table = run_fliqe("score --format csv" + options);
  CHECK_THAT(table, Catch::StartsWith("file,quality,logit,width,height,agc,error,cause,"
                                      "cause_probability\r\n"));
  CHECK_THAT(table, Catch::Contains("," + causes[0].fault + ","));

  CHECK_THAT(run_fliqe("score" + options),
             Catch::EndsWith(picture_path() + "  " + tools::first_cause(causes) + "\n"));
}

TEST_CASE("given a high quality, fliqe score says no cause to people") {
  const TemporaryDir dir;
  const std::string weights = written(dir, network_with_causes({"Blur", "Noise"}), false);
  CHECK_THAT(run_fliqe("score -q --weights '" + weights + "' '" + picture_path() + "'"),
             Catch::EndsWith(picture_path() + "\n"));
}

TEST_CASE("given weights without causes, fliqe score has no column for them") {
  const TemporaryDir dir;
  CHECK_THAT(run_fliqe("score -q --format csv --weights '" + written(dir, basic_network()) + "' '" +
                       picture_path() + "'"),
             Catch::StartsWith("file,quality,logit,width,height,agc,error\r\n"));
}

TEST_CASE("given frames, fliqe video names the cause of each") {
  const TemporaryDir dir;
  const std::string weights = written(dir, network_with_causes({"Blur", "Noise"}));
  const std::string command = "video -q --weights '" + weights + "' '" + picture_path() + "'";
  const auto line = nlohmann::json::parse(run_fliqe(command + " --format jsonl"));
  CHECK(line["causes"][0]["probability"] >= 0.5);
  run_fliqe(command + " --report '" + dir / "r.html'");
  CHECK_THAT(read_text(dir / "r.html"),
             Catch::Contains("Causes of the frames below the threshold"));
}

TEST_CASE("given labels of faults, a head of causes is added that names them") {
  const TemporaryDir dir;
  fliqe::Random random(2);
  tools::FeatureTable table;
  const std::vector<std::string> labels{"clean", "Fog", "Dirt"};
  for (std::size_t i = 0; i < 120; ++i) {
    std::vector<float> values(128);
    for (std::size_t k = 0; k < values.size(); ++k) {
      values[k] = static_cast<float>(random.between(0, 1) + (k % 3 == i % 3 ? 1 : 0));
    }
    table.rows.push_back(
        {"p" + std::to_string(i), labels[i % 3], "g" + std::to_string(i % 8), std::move(values)});
  }
  table.write(dir / "f.npy");
  const std::string command = "train-head --epochs 3 --features '" + dir / "f.npy" +
                              "' --weights '" + default_weights() + "' -o '" +
                              dir / "m.safetensors'";
  run_fliqe(command + " --causes");
  const FLIQE<AnyBackbone> before(default_weights()), after(dir / "m.safetensors");
  REQUIRE(after.causes().size() == 2);
  CHECK(after.causes()[0] == "Dirt");
  CHECK(after.causes()[1] == "Fog");
  const Image picture = load_image(picture_path());
  CHECK(after.estimate_image_quality(picture) == before.estimate_image_quality(picture));
  CHECK(test::fliqe(command + " --causes --multiclass").exit_code != 0);
}
