// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/quality/fliqe.hpp>
#include <nlohmann/json.hpp>

#include "io/inputs.hpp"
#include "io/json.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "train/feature_table.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

/// Rows of `width` numbers about a centre for each label, `groups` of sources.
tools::FeatureTable clusters(const std::vector<std::string>& labels, int count, int width,
                             double noise) {
  fliqe::Random random(6);
  std::vector<std::vector<double>> centers(labels.size());
  for (auto& center : centers) {
    for (int i = 0; i < width; ++i) center.push_back(random.normal());
  }
  tools::FeatureTable table;
  for (int i = 0; i < count; ++i) {
    const std::size_t label = random.below(labels.size());
    std::vector<float> values;
    for (const double each : centers[label]) {
      values.push_back(static_cast<float>(std::abs(each + noise * random.normal())));
    }
    table.rows.push_back(
        {"p" + std::to_string(i), labels[label], "g" + std::to_string(i % 8), std::move(values)});
  }
  return table;
}

nlohmann::json parsed(const Finished& done) {
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  return nlohmann::json::parse(done.output);
}

}  // namespace

TEST_CASE("given labels of any kind, a head learns them and classify names them") {
  const TemporaryDir dir;
  const std::vector<std::string> labels{"fire", "person", "none, else"};
  clusters(labels, 400, 128, 0.6).write(dir / "f.npy");
  const std::string model = "'" + dir / "m.safetensors'";
  const auto report =
      parsed(test::fliqe("train-head --json --multiclass --features '" + dir / "f.npy" + "' -o " +
                         model + " --html '" + dir / "r.html'"));
  CHECK(report["validation"]["accuracy"] > 0.9);
  CHECK(report["validation"]["called"]["fire"].size() == 3);
  CHECK_THAT(read_text(dir / "r.html"), Catch::Contains("none, else"));

  const std::string picture = "'" + (example_images() / "0_120_60_0_09564.jpg").string() + "'";
  const auto line =
      parsed(test::fliqe("classify --format jsonl --weights " + model + " " + picture));
  double sum = 0;
  for (const auto& each : line["probabilities"]) sum += each.get<double>();
  CHECK(sum == Approx(1));
  CHECK(line["probabilities"][line["class"].get<std::string>()] >= 1.0 / 3);
  const fliqe::FLIQE<AnyBackbone> fliqe(dir / "m.safetensors");
  CHECK(fliqe.classes() == std::vector<std::string>{"fire", "none, else", "person"});
  CHECK_FALSE(fliqe.has_score());

  const Finished score = test::fliqe("score --weights " + model + " " + picture);
  CHECK(score.exit_code == 2);
  CHECK_THAT(score.errors, Catch::Contains("needs a head of the kind 'score'"));
  const Finished binary = test::fliqe("classify --format csv " + picture);
  CHECK_THAT(binary.output, Catch::StartsWith("file,class,probability,clean,distorted\r\n"));
  CHECK(test::fliqe("train-head --multiclass --positive x --features '" + dir / "f.npy" + "' -o " +
                    model)
            .exit_code == 2);
}

TEST_CASE("given trunk features, an encoder and then a head are trained on them") {
  const TemporaryDir dir;
  clusters({"Clean", "LensBlur", "Ghosting"}, 300, 512, 1.5).write(dir / "trunk.npy");
  const std::string features = " --features '" + dir / "trunk.npy" + "'";
  const auto trained = [&](const std::string& more) {
    return parsed(test::fliqe("train-encoder --json --epochs 12" + features + more));
  };
  const std::string encoder = "'" + dir / "e.safetensors'";
  const auto whole = trained(" -o " + encoder + " --html '" + dir / "e.html'");
  CHECK(whole["validation"]["nearest_mean_accuracy"] > 0.9);
  CHECK(whole["epochs"].size() == 12);
  CHECK(whole["epochs"].back()["validation_loss"] < whole["epochs"][0]["validation_loss"]);
  CHECK_THAT(read_text(dir / "e.html"), Catch::Contains("<svg"));

  // Interrupted after five epochs, gone on with: the same bytes.
  const std::string state = " --state '" + dir / "state'";
  const std::string again = "'" + dir / "again.safetensors'";
  parsed(test::fliqe("train-encoder --json --epochs 5" + features + state + " -o " + again));
  CHECK(trained(state + " -o " + again)["epochs"].size() == 12);
  CHECK(read_text(dir / "e.safetensors") == read_text(dir / "again.safetensors"));

  CHECK_THAT(test::fliqe("info " + encoder).output, Catch::Contains("encoder only"));
  const std::string model = "'" + dir / "m.safetensors'";
  const auto head =
      parsed(test::fliqe("train-head --json --weights " + encoder + features + " -o " + model));
  CHECK(head["validation"]["f1"] > 0.9);
  const std::string picture = "'" + (example_images() / "0_120_60_0_09564.jpg").string() + "'";
  CHECK(test::fliqe("score -q --weights " + model + " " + picture).exit_code == 0);

  clusters({"Clean", "LensBlur"}, 100, 100, 1).write(dir / "odd.npy");
  const Finished odd =
      test::fliqe("train-encoder --features '" + dir / "odd.npy" + "' -o " + again);
  CHECK(odd.exit_code == 2);
  CHECK_THAT(odd.errors, Catch::Contains("expected 512 features") && Catch::Contains("found 100"));
}

TEST_CASE("given the head that the weights have, fine-tuning begins with it") {
  const TemporaryDir dir;
  const std::string pictures = "'" + (example_images() / "*.jpg").string() + "'";
  const std::string features = "'" + dir / "f.csv'";
  REQUIRE(test::fliqe("embed --distort -o " + features + " " + pictures).exit_code == 0);
  const auto first_loss = [&](const std::string& more) -> double {
    return parsed(test::fliqe(
        "train-head --json --split picture --epochs 1 --learning-rate 1e-5 "
        "--features " +
        features + more + " -o '" + dir / "m.safetensors'"))["epochs"][0]["validation_loss"];
  };
  CHECK(first_loss(" --fine-tune") < 0.5 * first_loss(""));
}
