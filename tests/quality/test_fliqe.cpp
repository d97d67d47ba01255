// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cstring>
#include <fliqe/fliqe.hpp>
#include <random>
#include <thread>

#include "support/files.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

using Compact = FLIQE<CompactResNet50>;

Image noise(int width, int height, PixelFormat format, unsigned seed) {
  Image image{width, height, format, {}};
  image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                      static_cast<std::size_t>(channel_count(format)));
  std::mt19937 random(seed);
  for (std::uint8_t& value : image.pixels) value = static_cast<std::uint8_t>(random());
  return image;
}

bool same_bits(const Assessment& a, const Assessment& b) {
  return std::memcmp(&a.logit, &b.logit, sizeof(float)) == 0 &&
         std::memcmp(&a.quality, &b.quality, sizeof(double)) == 0 &&
         a.embedding.size() == b.embedding.size() &&
         std::memcmp(a.embedding.data(), b.embedding.data(), a.embedding.size() * sizeof(float)) ==
             0;
}

std::vector<Image> mixed_pictures() {
  std::vector<Image> images;
  unsigned seed = 0;
  for (const PixelFormat format : {PixelFormat::gray8, PixelFormat::rgb8, PixelFormat::bgr8,
                                   PixelFormat::rgba8, PixelFormat::bgra8}) {
    images.push_back(noise(320, 256, format, ++seed));
    images.push_back(noise(100 + static_cast<int>(images.size()), 41, format, ++seed));
  }
  images.push_back(noise(1, 1, PixelFormat::gray8, ++seed));
  return images;
}

/// The default weights, converted in memory to a lesser model: only names that begin with `prefix`,
/// which is cut off.
std::vector<std::byte> part_of_default_weights(const std::string& prefix) {
  const auto whole = weights::read_safetensors(default_weights());
  std::string header = "{";
  std::vector<std::byte> data;
  for (const weights::TensorEntry& tensor : whole.tensors()) {
    if (!tensor.name.starts_with(prefix)) continue;
    if (header.size() > 1) header += ",";
    header += "\"" + tensor.name.substr(prefix.size()) + "\":{\"dtype\":\"" +
              std::string(weights::info(tensor.dtype).name) +
              "\",\"shape\":" + weights::to_string(tensor.shape) + ",\"data_offsets\":[" +
              std::to_string(data.size()) + "," +
              std::to_string(data.size() + tensor.bytes.size()) + "]}";
    data.insert(data.end(), tensor.bytes.begin(), tensor.bytes.end());
  }
  header += "}";
  const std::uint64_t size = header.size();
  std::vector<std::byte> file(sizeof(size) + header.size() + data.size());
  std::memcpy(file.data(), &size, sizeof(size));
  std::memcpy(file.data() + sizeof(size), header.data(), header.size());
  std::memcpy(file.data() + sizeof(size) + header.size(), data.data(), data.size());
  return file;
}

}  // namespace

TEST_CASE("given a batch of mixed pictures, every result has the bits of a single call") {
  const Compact fliqe(default_weights(), {.threads = 2, .max_batch = 4});
  const std::vector<Image> images = mixed_pictures();
  const std::vector<ImageView> views(images.begin(), images.end());
  std::vector<Assessment> results(views.size());
  fliqe.assess(views, results);
  for (std::size_t i = 0; i < views.size(); ++i) {
    INFO("picture " << i);
    CHECK(same_bits(results[i], fliqe.assess(views[i])));
    CHECK(results[i].quality >= 0);
    CHECK(results[i].quality <= 1);
  }
}

TEST_CASE("given any number of threads, results have the same bits") {
  const Image image = noise(640, 512, PixelFormat::bgr8, 9);
  const Assessment expected = Compact(default_weights(), {.threads = 1}).assess(image);
  for (const int threads : {2, 3, 5}) {
    CHECK(same_bits(expected, Compact(default_weights(), {.threads = threads}).assess(image)));
  }
}

TEST_CASE("given many threads that share one model, each gets the right result") {
  const Compact fliqe(default_weights(), {.threads = 1});
  const std::vector<Image> images = mixed_pictures();
  std::vector<Assessment> expected, found(images.size());
  for (const Image& image : images) expected.push_back(fliqe.assess(image));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < images.size(); ++i) {
    threads.emplace_back([&, i] { found[i] = fliqe.assess(images[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < images.size(); ++i) CHECK(same_bits(expected[i], found[i]));
}

TEST_CASE("given a grey picture, it scores as the same picture in three equal channels") {
  const Compact fliqe(default_weights());
  const Image image = noise(200, 150, PixelFormat::gray8, 4);
  std::vector<std::uint8_t> colored;
  for (const std::uint8_t value : image.pixels) colored.insert(colored.end(), 3, value);
  CHECK(same_bits(fliqe.assess(image), fliqe.assess(bgr(colored.data(), 200, 150))));
}

TEST_CASE("given a picture, quality, logit and embedding belong together") {
  const Compact fliqe(default_weights());
  const Image image = load_image((example_images() / "0_120_60_0_09564.jpg").string());
  const Assessment result = fliqe.assess(image);
  CHECK(result.quality == Approx(1 - 1 / (1 + std::exp(-static_cast<double>(result.logit)))));
  CHECK(result.quality == fliqe.estimate_image_quality(image));
  CHECK(result.embedding == fliqe.embedding(image));
  double length = 0;
  for (const float value : result.embedding) length += static_cast<double>(value) * value;
  CHECK(length == Approx(1));
  CHECK(fliqe.features(image).size() == 512);
  CHECK(result.inference_ms > 0);
}

TEST_CASE("given empty pictures, an error comes back and the model stays usable") {
  const Compact fliqe(default_weights());
  const Image image = noise(64, 64, PixelFormat::gray8, 1);
  const double before = fliqe.estimate_image_quality(image);
  CHECK_THROWS_AS(fliqe.assess(ImageView{}), Error);
  CHECK_THROWS_AS(fliqe.assess(gray(image.pixels.data(), 64, -1)), Error);
  const auto tried = fliqe.try_assess(ImageView{});
  REQUIRE_FALSE(tried.has_value());
  CHECK(tried.error().code() == ErrorCode::invalid_argument);
  Assessment one;
  const std::vector<ImageView> two(2, image.view());
  CHECK_THROWS_AS(fliqe.assess(two, {&one, 1}), Error);
  fliqe.assess(std::span<const ImageView>{}, std::span<Assessment>{});
  CHECK(fliqe.estimate_image_quality(image) == before);
}

TEST_CASE("given weights of another backbone, the error names both; AnyBackbone takes either") {
  CHECK_THROWS_WITH(FLIQE<ResNet50>(default_weights()),
                    Catch::Contains("expected backbone resnet50, found resnet50-width16"));
  CHECK(FLIQE<AnyBackbone>(default_weights()).spec().stem.channels == 16);
  const auto tried = FLIQE<>::try_load("/no/such/weights");
  REQUIRE_FALSE(tried.has_value());
  CHECK(tried.error().code() == ErrorCode::io);
  CHECK_THROWS_AS(Compact(default_weights(), {.threads = 1, .max_batch = 0}), Error);
}

TEST_CASE("given an encoder alone, embeddings work and scores are refused") {
  const auto encoder = part_of_default_weights("iqa_encoder.");
  const Compact fliqe(encoder, {}, "encoder");
  CHECK(fliqe.kind() == model::ModelKind::encoder);
  const Image image = noise(80, 60, PixelFormat::gray8, 2);
  CHECK(fliqe.embedding(image) == Compact(default_weights()).embedding(image));
  try {
    fliqe.estimate_image_quality(image);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::no_such_capability);
    CHECK_THAT(error.what(), Catch::Contains("encoder: a quality score needs the full model"));
  }
}

TEST_CASE("given weights with a NaN or an infinity, loading names the file and the layer") {
  const auto [tensor, layer] = GENERATE(table<std::string, std::string>({
      {"iqa_encoder.encoder.conv1.weight", "iqa_encoder.encoder.conv1"},
      {"iqa_encoder.encoder.bn1.running_var", "iqa_encoder.encoder.conv1"},
      {"iqa_encoder.encoder.layer1.0.conv2.weight", "iqa_encoder.encoder.layer1.0.conv2"},
      {"iqa_encoder.encoder.layer4.2.bn3.bias", "iqa_encoder.encoder.layer4.2.conv3"},
      {"iqa_encoder.projection_head.3.bias", "iqa_encoder.projection_head.3"},
      {"classifier.2.running_mean", "classifier.2"},
      {"classifier.6.weight", "classifier.6"},
  }));
  // The upper two bytes are those that tell, in F32, F16 and BF16 alike.
  const auto [low, high] = GENERATE(table<int, int>({{0xc0, 0x7f}, {0x80, 0xff}}));
  auto bytes = part_of_default_weights("");
  const auto file = weights::parse_safetensors(bytes, "w");
  const weights::TensorEntry* found = file.find(tensor);
  REQUIRE(found != nullptr);
  if (found->dtype == weights::DType::f16 && high == 0xff) return;  // that is a NaN as well
  std::byte* last = bytes.data() + (found->bytes.data() + found->bytes.size() - bytes.data());
  last[-2] = static_cast<std::byte>(low);
  last[-1] = static_cast<std::byte>(high);
  try {
    Compact(bytes, {}, "broken");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::non_finite);
    CHECK_THAT(error.what(), Catch::StartsWith("broken: " + layer + ": "));
  }
}

TEST_CASE("given a bare trunk, features work and embeddings are refused") {
  const auto trunk = part_of_default_weights("iqa_encoder.encoder.");
  const Compact fliqe(trunk, {}, "trunk");
  CHECK(fliqe.kind() == model::ModelKind::trunk);
  const Image image = noise(80, 60, PixelFormat::gray8, 2);
  CHECK(fliqe.features(image) == Compact(default_weights()).features(image));
  CHECK_THROWS_AS(fliqe.embedding(image), Error);
}

TEST_CASE("given scores, colours go from red to green and nothing leaves the range") {
  CHECK(get_color(0.0) == Bgr{0, 0, 255});
  CHECK(get_color(1.0) == Bgr{0, 255, 0});
  CHECK(get_color(0.5) == Bgr{0, 127, 127});
  CHECK(get_color(-3.0) == get_color(0.0));
  CHECK(get_color(7.0) == get_color(1.0));
  CHECK(get_color(std::nan("")) == get_color(0.0));
  CHECK(Compact::get_color(0.9513) == Bgr{0, 242, 12});
}
