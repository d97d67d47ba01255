// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cstring>
#include <fliqe/base/file.hpp>
#include <fliqe/distortion/simulate.hpp>
#include <fliqe/fliqe.hpp>
#include <fliqe/model/resolve_precision.hpp>
#include <fliqe/weights/float_tensor.hpp>

#include "app/model_options.hpp"
#include "images/decode.hpp"
#include "io/inputs.hpp"
#include "quantize/equalize_stem.hpp"
#include "quantize/model_quantizer.hpp"
#include "quantize/score_differences.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"
#include "weights/safetensors_writer.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

/// The default weights in bytes, calibrated with the examples; made once.
const std::string& quantized() {
  static const TemporaryDir dir;
  static const std::string path = dir / "int8.safetensors";
  if (!fs::exists(path)) {
    const Finished done = test::fliqe("quantize '" + default_weights() + "' --images '" +
                                      example_images().string() + "' -o '" + path + "'");
    INFO(done.errors);
    REQUIRE(done.exit_code == 0);
  }
  return path;
}

std::vector<Image> pictures_in(const fs::path& folder) {
  std::vector<Image> images;
  for (const tools::Input& input : tools::expand_inputs({folder.string()}, false)) {
    images.push_back(tools::decode(tools::read_input(input.path), input.path));
  }
  return images;
}

std::vector<Image> examples() {
  return pictures_in(example_images());
}

bool same_bits(const Assessment& a, const Assessment& b) {
  return std::memcmp(&a.logit, &b.logit, sizeof(float)) == 0 &&
         a.embedding.size() == b.embedding.size() &&
         std::memcmp(a.embedding.data(), b.embedding.data(), a.embedding.size() * sizeof(float)) ==
             0;
}

/// Scores in bf16 lie within `mean` of those in f32 on average, and none is far off.
void check_bf16(const std::vector<Image>& images, double mean) {
  const FLIQE<CompactResNet50> exact(default_weights());
  const TemporaryDir dir;
  const std::string narrow = dir / "bf16";
  REQUIRE(test::fliqe("convert --precision bf16 '" + default_weights() + "' '" + narrow + "'")
              .exit_code == 0);
  const std::vector<ImageView> views(images.begin(), images.end());
  for (const std::string& weights : {default_weights(), narrow}) {
    const FLIQE<CompactResNet50, bf16> rounded(weights, {.threads = 3, .max_batch = 4});
    tools::ScoreDifferences differences;
    std::vector<Assessment> batch(views.size());
    rounded.assess(views, batch);
    for (std::size_t i = 0; i < views.size(); ++i) {
      CHECK(same_bits(batch[i], rounded.assess(views[i])));
      differences.add(exact.estimate_image_quality(views[i]), batch[i].quality);
    }
    INFO("mean " << differences.mean() << " max " << differences.largest());
    CHECK(differences.largest() <= 0.03);
    CHECK(differences.largest() > 0);
    CHECK(differences.mean() <= mean);
  }
}

}  // namespace

TEST_CASE("given quantised weights, int8 scores lie close to those in f32") {
  const FLIQE<CompactResNet50> exact(default_weights());
  const FLIQE<CompactResNet50, int8> bytes(quantized());
  tools::ScoreDifferences differences;
  for (const Image& image : examples()) {
    differences.add(exact.estimate_image_quality(image), bytes.estimate_image_quality(image));
  }
  INFO("mean " << differences.mean() << " max " << differences.largest());
  CHECK(differences.mean() <= 0.01);
  CHECK(differences.largest() <= 0.06);
  CHECK(differences.flipped() == 0);
  CHECK(differences.mean() > 0);  // else something else was computed
}

TEST_CASE("given pictures that it was not calibrated with, int8 changes scores as little",
          "[shared]") {
  const auto shared = shared_dir_for_figures();
  if (!shared) return skip(no_shared_dir_for_figures);
  const std::vector<tools::Input> pictures =
      tools::expand_inputs({(*shared / "images").string()}, false);
  std::string calibration;
  for (std::size_t i = 0; i < pictures.size(); i += 2) {
    calibration += " '" + pictures[i].path + "'";
  }
  const TemporaryDir dir;
  const Finished done = test::fliqe("quantize '" + default_weights() + "' -o '" + dir / "int8" +
                                    "' --images" + calibration);
  REQUIRE(done.exit_code == 0);
  const FLIQE<CompactResNet50> exact(default_weights());
  const FLIQE<CompactResNet50, int8> bytes(dir / "int8");
  tools::ScoreDifferences differences;
  for (std::size_t i = 1; i < pictures.size(); i += 2) {
    const Image image = tools::decode(tools::read_input(pictures[i].path), pictures[i].path);
    differences.add(exact.estimate_image_quality(image), bytes.estimate_image_quality(image));
  }
  INFO("mean " << differences.mean() << " p99 " << differences.quantile(0.99));
  CHECK(differences.mean() <= 0.01);
  CHECK(differences.quantile(0.99) <= 0.06);
  CHECK(differences.flipped() == 0);
}

TEST_CASE("given a stem whose channels differ in range, equalized weights are the same network") {
  const weights::TensorSet original = weights::read_safetensors(default_weights());
  tools::ModelQuantizer quantizer(original);
  std::vector<float> ranges;
  for (int c = 0; c < 16; ++c) ranges.push_back(c == 3 ? 0.0f : static_cast<float>(1 << c));
  quantizer.equalize(ranges);
  const FLIQE<CompactResNet50> exact(default_weights());
  const FLIQE<CompactResNet50> equalized(quantizer.tensors());
  for (const Image& image : examples()) {
    CHECK(equalized.estimate_image_quality(image) ==
          Approx(exact.estimate_image_quality(image)).margin(1e-5));
  }
}

TEST_CASE("given a channel of 16 times the range, it is divided by 8 times as much") {
  const weights::TensorSet original = weights::read_safetensors(default_weights());
  const auto factors = [&](float range) {
    tools::ModelQuantizer quantizer(original);
    std::vector<float> ranges(16, 1.0f);
    ranges[5] = range;
    quantizer.equalize(ranges);
    const std::string name = "iqa_encoder.encoder.bn1.weight";
    const weights::FloatTensor before(original.at(name)), after(quantizer.tensors().at(name));
    std::vector<double> divided;
    for (std::size_t c = 0; c < 16; ++c) divided.push_back(before.values()[c] / after.values()[c]);
    return divided;
  };
  const std::vector<double> even = factors(1), uneven = factors(16);
  CHECK(uneven[5] / uneven[0] == Approx(8 * even[5] / even[0]).epsilon(1e-5));
  CHECK(uneven[9] / uneven[0] == Approx(even[9] / even[0]).epsilon(1e-5));
}

TEST_CASE("given another number of ranges than channels, the error says how many") {
  tools::ModelQuantizer quantizer(weights::read_safetensors(default_weights()));
  CHECK_THROWS_WITH(quantizer.equalize(std::vector<float>(3, 1.0f)),
                    "equalize_stem: expected 16 ranges, found 3");
}

TEST_CASE("given a stem that only convolutions read, its channels can be scaled") {
  using model::OperationList;
  NetworkSpec spec = CompactResNet50::spec();
  CHECK(tools::can_equalize_stem(OperationList::of(spec, model::ModelKind::full)));
  spec.stem.max_pool = false;
  CHECK(tools::can_equalize_stem(OperationList::of(spec, model::ModelKind::full)));
  // ResNet18 adds it to the first block's output.
  spec.block = BlockKind::basic;
  CHECK_FALSE(tools::can_equalize_stem(OperationList::of(spec, model::ModelKind::full)));
}

TEST_CASE("given int8, a batch has the bits of single calls, with any number of threads") {
  const std::vector<Image> images = examples();
  const std::vector<ImageView> views(images.begin(), images.end());
  const FLIQE<AnyBackbone, int8> one(quantized(), {.threads = 1, .max_batch = 4});
  const FLIQE<AnyBackbone, int8> three(quantized(), {.threads = 3, .max_batch = 4});
  std::vector<Assessment> batch(views.size());
  three.assess(views, batch);
  for (std::size_t i = 0; i < views.size(); ++i) {
    CHECK(same_bits(batch[i], one.assess(views[i])));
    CHECK(same_bits(batch[i], three.assess(views[i])));
  }
}

TEST_CASE("given int8 on every instruction set of the host, scores agree") {
  const std::string picture = "'" + (example_images() / "0_120_60_0_09564.jpg").string() + "'";
  std::vector<double> scores;
  for (const Isa isa : all_isas) {
    if (!is_supported(isa)) continue;
    const Finished done = test::fliqe("score -q --weights '" + quantized() + "' " + picture,
                                      "FLIQE_ISA=" + std::string(to_string(isa)));
    REQUIRE(done.exit_code == 0);
    scores.push_back(std::stod(done.output));
    // The stem is in floats, so a byte may round the other way.
    CHECK(scores.back() == Approx(scores.front()).margin(0.01));
  }
}

TEST_CASE("given bf16, scores lie close to those in f32 with any weights") {
  check_bf16(examples(), 0.03);  // too few for a mean
}

TEST_CASE("given many pictures, scores in bf16 lie closer still in the mean", "[shared]") {
  const auto shared = shared_dir_for_figures();
  if (!shared) return skip(no_shared_dir_for_figures);
  check_bf16(pictures_in(*shared / "images"), 0.003);
}

TEST_CASE("given quantised weights, weights are bytes times a scale, within half a step") {
  const auto original = weights::read_safetensors(default_weights());
  const auto made = weights::read_safetensors(quantized());
  const std::string stem = "iqa_encoder.encoder.bn1.weight";
  const weights::FloatTensor divided(original.at(stem)), divided_by(made.at(stem));
  int bytes = 0;
  for (const weights::TensorEntry& tensor : original.tensors()) {
    const weights::TensorEntry* found = made.find(tensor.name);
    REQUIRE(found != nullptr);
    REQUIRE(found->shape == tensor.shape);
    if (found->dtype != weights::DType::i8) continue;
    ++bytes;
    const weights::FloatTensor scales(*made.find(tensor.name + "_scale"));
    const weights::FloatTensor exact(tensor), rounded(*found, scales);
    const std::size_t row = exact.values().size() / scales.values().size();
    const bool reads_stem = tensor.name.ends_with("layer1.0.conv1.weight") ||
                            tensor.name.ends_with("layer1.0.downsample.0.weight");
    for (std::size_t i = 0; i < exact.values().size(); ++i) {
      const float step = scales.values()[i / row];
      const float factor =
          reads_stem ? divided.values()[i % row] / divided_by.values()[i % row] : 1.0f;
      REQUIRE(std::abs(rounded.values()[i] - factor * exact.values()[i]) <= 0.5001f * step);
    }
  }
  CHECK(bytes == 52);  // all convolutions but the stem
  CHECK(made.metadata("calibration_pictures").has_value());
}

TEST_CASE("given quantised weights, f32 computes with them, too") {
  const FLIQE<CompactResNet50> fliqe(quantized());
  const double quality = fliqe.estimate_image_quality(examples().front());
  CHECK(quality >= 0);
  CHECK(quality <= 1);
}

TEST_CASE("given weights that are not quantised, int8 is refused and says what to do") {
  const Finished done = test::fliqe("score --precision int8 '" + example_images().string() + "'");
  CHECK(done.exit_code == 2);
  CHECK_THAT(done.errors, Catch::Contains("fliqe quantize"));
  try {
    const FLIQE<CompactResNet50, int8> fliqe(default_weights());
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::no_such_capability);
  }
}

TEST_CASE("given quantised weights without a scale, its name is in the message") {
  const auto made = weights::read_safetensors(quantized());
  const auto [missing] =
      GENERATE(table<std::string>({{"iqa_encoder.encoder.layer2.1.conv2.activation_scale"},
                                   {"iqa_encoder.encoder.layer2.1.conv2.weight_scale"}}));
  const TemporaryDir dir;
  weights::TensorSet kept(dir / "bad.safetensors");
  for (const weights::TensorEntry& tensor : made.tensors()) {
    if (tensor.name != missing) kept.add(tensor);
  }
  tools::write_safetensors(kept.name(), kept);
  const auto loaded = FLIQE<CompactResNet50, int8>::try_load(kept.name());
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().code() == ErrorCode::weights_mismatch);
  CHECK_THAT(loaded.error().what(), Catch::Contains(missing));
}

TEST_CASE("given a picture that is broken, quantising names it and goes on; given none, it stops") {
  const TemporaryDir dir;
  fs::copy(example_images() / "0_120_60_0_09564.jpg", dir / "good.jpg");
  write_file(dir / "bad.png", std::string("no picture"));
  const std::string arguments =
      "quantize '" + default_weights() + "' --clip max -o '" + dir / "out.safetensors" + "' ";
  const Finished done = test::fliqe(arguments + "--images '" + dir.path().string() + "'");
  CHECK(done.exit_code == 0);
  CHECK_THAT(done.errors, Catch::Contains("bad.png") && Catch::Contains("1 pictures"));
  CHECK_THAT(done.output, Catch::Contains("layer4.2.conv3"));

  const Finished none = test::fliqe(arguments + "--images '" + dir / "bad.png" + "'");
  CHECK(none.exit_code == 2);
  CHECK_THAT(none.errors, Catch::Contains("no picture could be read"));

  const Finished twice = test::fliqe("quantize '" + dir / "out.safetensors" + "' --images '" +
                                     dir / "good.jpg" + "' -o '" + dir / "again" + "'");
  CHECK(twice.exit_code == 2);
  CHECK_THAT(twice.errors, Catch::Contains("bytes already"));
}

TEST_CASE("given two precisions, compare-precision shows the differences of each folder") {
  const TemporaryDir dir;
  for (const char* folder : {"sharp", "blurred"}) fs::create_directory(dir / folder);
  fs::copy(example_images() / "0_120_60_0_09564.jpg", dir / "sharp/a.jpg");
  fs::copy(example_images() / "0_120_60_0_09564_MotionBlur.png", dir / "blurred/a.png");
  const Finished done = test::fliqe("compare-precision -r --images '" + dir.path().string() +
                                    "' --quantized '" + quantized() + "'");
  CHECK(done.exit_code == 0);
  CHECK_THAT(done.output, Catch::Contains("sharp") && Catch::Contains("blurred") &&
                              Catch::Contains("all") && Catch::Contains("0.00 %"));
}

TEST_CASE("given --distort, every picture counts under the nine trained distortions") {
  const std::string picture = "'" + (example_images() / "0_120_60_0_09564.jpg").string() + "'";
  const Finished done =
      test::fliqe("compare-precision --precision bf16 --distort --images " + picture);
  CHECK(done.exit_code == 0);
  for (const DistortionInfo& each : trained_distortions()) {
    CHECK_THAT(done.output, Catch::Contains("\n" + std::string(each.name)));
  }
}

TEST_CASE("given pictures, convert records the error of bf16, and auto goes by it") {
  const TemporaryDir dir;
  const std::string made = dir / "noted";
  const Finished done = test::fliqe("convert '" + default_weights() + "' '" + made +
                                    "' --distort --images '" + example_images().string() + "'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  const auto noted = weights::read_safetensors(made);
  const double mean = std::stod(noted.metadata(model::bf16_mean_key).value());
  const double largest = std::stod(noted.metadata(model::bf16_max_key).value());
  CHECK(mean > 0);
  CHECK(mean <= largest);
  CHECK(largest <= 0.03);
  CHECK(noted.metadata("bf16_pictures") == std::to_string(9 * examples().size()));
  const auto automatic = [](const weights::TensorSet& file, bool has_bf16) {
    return model::resolve_precision(PrecisionChoice::automatic(), file, false, has_bf16);
  };
  CHECK(automatic(noted, true) == PrecisionKind::bf16);
  CHECK(automatic(noted, false) == PrecisionKind::f32);

  for (const char* value : {"", "0.031", "nan", "-1", "0.01x"}) {
    INFO("largest '" << value << "'");
    weights::TensorSet other = noted;
    other.metadata()[model::bf16_max_key] = value;
    CHECK(automatic(other, true) == PrecisionKind::f32);
  }
}

TEST_CASE("given no request, the weights decide the precision, whatever the processor") {
  const auto file = weights::read_safetensors(default_weights());
  using enum PrecisionKind;
  for (const bool has_bf16 : {false, true}) {
    const auto resolved = [&](PrecisionChoice choice, bool is_quantized) {
      return model::resolve_precision(choice, file, is_quantized, has_bf16);
    };
    CHECK(resolved({}, false) == f32);
    CHECK(resolved({}, true) == int8);
    CHECK(resolved(PrecisionChoice::automatic(), true) == int8);
    CHECK(resolved(PrecisionChoice::automatic(), false) == (has_bf16 ? bf16 : f32));
    CHECK(resolved(bf16, true) == bf16);
    CHECK(resolved(f32, true) == f32);
    CHECK_THROWS_AS(resolved(int8, false), Error);
  }
}

TEST_CASE("given the precision of another class, the error names both") {
  const auto refused =
      FLIQE<CompactResNet50, f32>::try_load(default_weights(), {.precision = PrecisionKind::bf16});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == ErrorCode::invalid_argument);
  CHECK_THAT(refused.error().what(),
             Catch::Contains("precision: expected f32, that of the class, found bf16"));
  using Bf16 = FLIQE<CompactResNet50, bf16>;
  CHECK_FALSE(Bf16::try_load(default_weights(), {.precision = PrecisionChoice::automatic()}));
  CHECK(Bf16::try_load(default_weights(), {.precision = PrecisionKind::bf16}));
  CHECK_THROWS_WITH(PrecisionChoice::from_string("fp16"),
                    "precision: expected auto, f32, bf16 or int8, found 'fp16'");
}

TEST_CASE("given scores, their differences are summed up as defined") {
  tools::ScoreDifferences differences;
  differences.add(0.1, 0.2);
  differences.add(0.4, 0.6);
  differences.add(0.9, 0.9);
  differences.add(0.7, 0.4);
  CHECK(differences.mean() == Approx(0.15));
  CHECK(differences.largest() == Approx(0.3));
  CHECK(differences.quantile(0.5) == Approx(0.15));
  CHECK(differences.flipped() == Approx(0.5));
  CHECK(differences.rank_correlation() == Approx(0.8));
}
