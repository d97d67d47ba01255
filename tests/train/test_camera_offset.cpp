// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <fliqe/fliqe.hpp>
#include <fliqe/weights/load_weights.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "images/decode.hpp"
#include "io/inputs.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "train/camera_offset.hpp"

using namespace fliqe;
using namespace fliqe::test;
using tools::CameraOffset;

namespace {

const std::string pictures = " --images '" + (example_images() / "*.jpg").string() + "' ";

nlohmann::json parsed(const Finished& done) {
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  return nlohmann::json::parse(done.output);
}

float logit_of(const std::string& weights) {
  const std::string path = (example_images() / "0_120_60_0_09564.jpg").string();
  const fliqe::FLIQE<AnyBackbone, AnyPrecision> fliqe(weights);
  return fliqe.assess(tools::decode(tools::read_input(path), path)).logit;
}

/// Whether two sets hold the same bytes, but for one tensor.
bool same_but(const std::string& name, const weights::TensorSet& a, const weights::TensorSet& b) {
  if (a.tensors().size() != b.tensors().size()) return false;
  for (const weights::TensorEntry& tensor : a.tensors()) {
    const weights::TensorEntry& other = b.at(tensor.name);
    const bool same =
        tensor.bytes.size() == other.bytes.size() &&
        std::memcmp(tensor.bytes.data(), other.bytes.data(), tensor.bytes.size()) == 0;
    if (tensor.name != name && !same) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("given a camera's logits, the offset takes their median to the clean logit, shrunk") {
  const std::vector<double> logits{-0.5, -1.5, -1, -0.9, -1.1};
  const CameraOffset found = CameraOffset::fit(logits, -2);
  CHECK(found.median == -1);
  CHECK(found.spread == Approx(1.4826 * 0.1));
  CHECK(found.offset == Approx(-1 * 5.0 / (5 + CameraOffset::few)));
  CHECK(found.outliers == std::vector<std::size_t>{0, 1});
  const std::vector<double> many(1000, -1.0);
  CHECK(CameraOffset::fit(many, -2).offset == Approx(-1).epsilon(0.01));
  CHECK(CameraOffset::fit(many, -2).outliers.empty());
}

TEST_CASE("given some pictures that are not clean, the offset hardly changes") {
  std::vector<double> logits{-2.1, -1.9, -2.2, -1.8, -2.0, -2.05, -1.95, -2.15, -1.85, -2.0};
  const double before = CameraOffset::fit(logits, -2.5).offset;
  for (std::size_t i = 0; i < 3; ++i) logits[i] = 8;
  CHECK(CameraOffset::fit(logits, -2.5).offset == Approx(before).margin(0.1));
}

TEST_CASE("given no logits or one that is no number, no offset is fitted") {
  CHECK_THROWS_AS(CameraOffset::fit({}, -2), Error);
  const std::vector<double> broken{-1, std::numeric_limits<double>::quiet_NaN()};
  CHECK_THROWS_AS(CameraOffset::fit(broken, -2), Error);
}

TEST_CASE("given an offset, only the bias of the score's head changes, and it can be undone") {
  const weights::TensorSet base = load_weights(default_weights());
  const CameraOffset offset = CameraOffset::fit(std::vector<double>{-1, -1.2, -0.8}, -2);
  const weights::TensorSet calibrated = tools::with_camera_offset(base, offset, "roof");
  CHECK(same_but("classifier.6.bias", base, calibrated));
  CHECK_FALSE(same_but("", base, calibrated));
  CHECK(calibrated.metadata("camera_name") == "roof");
  CHECK_FALSE(calibrated.metadata("bf16_pictures"));
  const auto record = tools::CameraRecord::of(calibrated);
  REQUIRE(record);
  CHECK(record->pictures == 3);
  CHECK(record->offset == Approx(offset.offset));
  CHECK_THROWS_WITH(tools::with_camera_offset(calibrated, offset, ""),
                    Catch::Contains("without a camera's offset"));
  const weights::TensorSet undone = tools::without_camera_offset(calibrated);
  CHECK(same_but("", base, undone));
  CHECK_FALSE(tools::CameraRecord::of(undone));
}

TEST_CASE("given clean pictures, fliqe calibrate shifts every logit by the offset it prints") {
  const TemporaryDir dir;
  const std::string mine = dir / "mine.safetensors";
  const auto report = parsed(test::fliqe("calibrate --json --camera roof" + pictures + "-o '" +
                                         mine + "' --weights '" + default_weights() + "'"));
  const double offset = report["offset"];
  const double n = report["pictures"];
  CHECK(n == 3);
  CHECK(offset ==
        Approx((report["clean_logit"].get<double>() - report["median_logit"].get<double>()) * n /
               (n + CameraOffset::few))
            .margin(1e-7));
  CHECK(std::abs(offset) > 0.01);
  CHECK(logit_of(mine) - logit_of(default_weights()) == Approx(offset).margin(1e-5));
  CHECK(report["warnings"].dump().find("3 pictures are few") != std::string::npos);
  CHECK_THAT(test::fliqe("info '" + mine + "'").output, Catch::Contains("camera_name: roof"));

  const Finished twice =
      test::fliqe("calibrate" + pictures + "-o '" + dir / "x" + "' --weights '" + mine + "'");
  CHECK(twice.exit_code == 2);
  CHECK_THAT(twice.errors, Catch::Contains("of 'roof'") && Catch::Contains("--again"));
  const auto again = parsed(test::fliqe("calibrate --json --again" + pictures + "-o '" + dir / "x" +
                                        "' --weights '" + mine + "'"));
  CHECK(again["offset"] == report["offset"]);

  // The reference: pictures that score like these need no offset.
  const auto same =
      parsed(test::fliqe("calibrate --json" + pictures + "-o '" + dir / "x" + "' --reference '" +
                         (example_images() / "*.jpg").string() + "'"));
  CHECK(same["offset"].get<double>() == Approx(0).margin(1e-9));
}

TEST_CASE("given weights in bytes, fliqe calibrate shifts their scores too") {
  const TemporaryDir dir;
  const std::string bytes = dir / "int8.safetensors", mine = dir / "mine.safetensors";
  REQUIRE(test::fliqe("quantize '" + default_weights() + "' --clip max" + pictures + "-o '" +
                      bytes + "'")
              .exit_code == 0);
  const auto report = parsed(
      test::fliqe("calibrate --json" + pictures + "-o '" + mine + "' --weights '" + bytes + "'"));
  CHECK(logit_of(mine) - logit_of(bytes) == Approx(report["offset"].get<double>()).margin(1e-5));
  CHECK_THAT(
      test::fliqe("score '" + example_images().string() + "' --weights '" + mine + "'").errors,
      Catch::Contains("int8"));
}

TEST_CASE("given pictures that are distorted themselves, fliqe calibrate warns") {
  const TemporaryDir dir;
  const auto report = parsed(test::fliqe("calibrate --json -o '" + dir / "x" + "' --images '" +
                                         (example_images() / "*.png").string() + "'"));
  const std::string warnings = report["warnings"].dump();
  INFO(warnings);
  CHECK_THAT(warnings, Catch::Contains("called distorted"));
}

TEST_CASE("given weights without a score, fliqe calibrate refuses them") {
  const TemporaryDir dir;
  weights::TensorSet base = load_weights(default_weights());
  std::vector<weights::TensorEntry> encoder;
  for (const weights::TensorEntry& tensor : base.tensors()) {
    if (!tensor.name.starts_with("iqa_encoder.")) continue;
    encoder.push_back(tensor);
    encoder.back().name = tensor.name.substr(std::string("iqa_encoder.").size());
  }
  CHECK_THROWS_WITH(
      tools::require_score_head(weights::TensorSet("e", encoder)),
      Catch::Contains("a head that gives a score") && Catch::Contains("encoder only"));
}
