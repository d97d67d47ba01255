// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/distortion.hpp>
#include <map>

#include "images/decode.hpp"
#include "images/encode.hpp"
#include "io/inputs.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

Image decoded(const std::string& path) {
  return tools::decode(tools::read_input(path), path);
}

Image gradient(int width, int height, PixelFormat format) {
  Image image{width, height, format, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channel_count(format); ++c) {
        image.pixels.push_back(static_cast<std::uint8_t>((7 * x + 13 * y + 50 * c) % 256));
      }
    }
  }
  return image;
}

/// Largest difference; a grey picture counts as three equal channels.
int largest_difference(const Image& a, const Image& b) {
  REQUIRE(a.width == b.width);
  REQUIRE(a.height == b.height);
  const int channels_a = channel_count(a.format), channels_b = channel_count(b.format);
  const int channels = std::max(channels_a, channels_b);
  int largest = 0;
  for (int i = 0; i < a.width * a.height; ++i) {
    for (int c = 0; c < channels; ++c) {
      const auto at = [&](const Image& image, int count) {
        return static_cast<int>(image.pixels[static_cast<std::size_t>(i * count + c % count)]);
      };
      largest = std::max(largest, std::abs(at(a, channels_a) - at(b, channels_b)));
    }
  }
  return largest;
}

/// Of each class, over the pictures that were compared.
using Differences = std::map<std::string, int>;

void compare_with_opencv(const std::string& picture, Differences& differences) {
  const TemporaryDir dir;
  const std::string script = (source_dir() / "tests/distortion/opencv_distortions.py").string();
  const Finished made =
      run("/usr/bin/python3 " + script + " '" + picture + "' '" + dir.path().string() + "'");
  INFO(made.errors);
  REQUIRE(made.exit_code == 0);
  const Image image = decoded(picture);
  int compared = 0;
  for (const DistortionInfo& each : distortions) {
    const std::string theirs = dir / (std::string(each.name) + ".png");
    if (!fs::exists(theirs)) continue;
    const Image ours = distort(image, DistortionSpec(each.kind), 0, tools::through_jpeg);
    int& largest = differences[std::string(each.name)];
    largest = std::max(largest, largest_difference(ours, decoded(theirs)));
    ++compared;
  }
  CHECK(compared == 14);
}

void check(const Differences& differences) {
  for (const auto& [name, largest] : differences) {
    INFO(name);
    INFO("largest difference from OpenCV and Pillow: " << largest);
    CHECK(largest <= (name == "Compression" ? 3 : 1));
  }
}

void check_photographs(const fs::path& folder) {
  Differences differences;
  for (const auto& file : fs::directory_iterator(folder)) {
    const std::string path = file.path().string();
    if (path.ends_with(".jpg")) compare_with_opencv(path, differences);
  }
  check(differences);
}

}  // namespace

TEST_CASE("given the example pictures, distortions are those of OpenCV and Pillow",
          "[opencv][pillow]") {
  if (!python_has("cv2, PIL")) return skip("python3-opencv and python3-pil are not installed");
  check_photographs(example_images());
}

TEST_CASE("given many pictures, distortions are those of OpenCV and Pillow",
          "[opencv][pillow][shared]") {
  const auto shared = shared_dir_for_figures();
  if (!shared) return skip(no_shared_dir_for_figures);
  if (!python_has("cv2, PIL")) return skip("python3-opencv and python3-pil are not installed");
  check_photographs(*shared / "images");
}

TEST_CASE("given colours and odd sizes, distortions are those of OpenCV and Pillow",
          "[opencv][pillow]") {
  if (!python_has("cv2, PIL")) return skip("python3-opencv and python3-pil are not installed");
  const TemporaryDir dir;
  const auto [width, height] = GENERATE(table<int, int>({{64, 48}, {31, 17}, {9, 50}, {7, 6}}));
  Random random(static_cast<std::uint64_t>(width));
  Image image = gradient(width, height, PixelFormat::rgb8);
  for (std::uint8_t& byte : image.pixels) byte = static_cast<std::uint8_t>(random.below(256));
  tools::write_image(dir / "picture.png", image);
  Differences differences;
  compare_with_opencv(dir / "picture.png", differences);
  check(differences);
}

TEST_CASE("given any picture and any distortion, the result has its size and channels") {
  const auto format = GENERATE(PixelFormat::gray8, PixelFormat::bgr8, PixelFormat::rgba8);
  const auto [width, height] = GENERATE(table<int, int>({{1, 1}, {1, 9}, {8, 1}, {40, 23}}));
  const Image image = gradient(width, height, format);
  for (const DistortionInfo& each : distortions) {
    INFO(each.name << " " << width << "x" << height);
    const Image result = distort(image, DistortionSpec(each.kind), 1, tools::through_jpeg);
    const int channels = channel_count(result.format);
    CHECK(result.pixels.size() ==
          static_cast<std::size_t>(result.width * result.height * channels));
    CHECK(channels == std::min(3, channel_count(format)));
    if (each.kind == Distortion::crop) continue;
    CHECK(result.width == width);
    CHECK(result.height == height);
  }
}

TEST_CASE("given a seed, random distortions and augmentations repeat; another differs") {
  const Image image = gradient(50, 40, PixelFormat::gray8);
  for (const Distortion kind : {Distortion::gaussian_noise, Distortion::column_noise,
                                Distortion::dead_pixels, Distortion::shutter}) {
    INFO(to_string(kind));
    const auto make = [&](std::uint64_t seed) {
      return distort(image, DistortionSpec(kind), seed).pixels;
    };
    CHECK(make(1) == make(1));
    CHECK(make(1) != make(2));
  }
  const auto make = [&](std::uint64_t seed) {
    Random random(seed);
    const Augmentation how = Augmentation::random(random);
    return augment(image, how, random).pixels;
  };
  CHECK(make(1) == make(1));
  CHECK(make(1) != make(2));
}

TEST_CASE("given noise, it has the asked strength, stays in range and keeps grey grey") {
  const Image image{200, 200, PixelFormat::gray8, std::vector<std::uint8_t>(40000, 128)};
  const Image noisy = distort(image, DistortionSpec(Distortion::gaussian_noise), 3);
  double sum = 0, squares = 0;
  for (const std::uint8_t byte : noisy.pixels) {
    sum += byte - 128;
    squares += (byte - 128) * (byte - 128);
  }
  CHECK(sum / 40000 == Approx(0).margin(0.6));
  CHECK(std::sqrt(squares / 40000) == Approx(25).margin(0.5));

  const Image dark{200, 200, PixelFormat::gray8, std::vector<std::uint8_t>(40000, 0)};
  const auto brightest = [&](bool legacy) {
    const auto spec = DistortionSpec(Distortion::gaussian_noise).set_legacy(legacy);
    const Image result = distort(dark, spec, 3);
    CHECK(result.format == (legacy ? PixelFormat::rgb8 : PixelFormat::gray8));
    return *std::max_element(result.pixels.begin(), result.pixels.end());
  };
  CHECK(brightest(false) < 140);
  CHECK(brightest(true) == 255);  // what lies below black comes out white
}

TEST_CASE("given thermal faults, they are where they belong") {
  const Image image{60, 40, PixelFormat::gray8, std::vector<std::uint8_t>(2400, 100)};
  const Image columns = distort(image, DistortionSpec(Distortion::column_noise), 4);
  for (int x = 0; x < 60; ++x) CHECK(columns.view().row(39)[x] == columns.view().row(0)[x]);
  CHECK(columns.view().row(0)[3] != columns.view().row(0)[4]);

  const Image dead = distort(image, DistortionSpec(Distortion::dead_pixels).set("share", 0.1), 4);
  const auto changed = std::count_if(dead.pixels.begin(), dead.pixels.end(),
                                     [](std::uint8_t byte) { return byte != 100; });
  CHECK(changed == Approx(240).margin(60));

  const Image dim = distort(image, DistortionSpec(Distortion::vignetting), 4);
  CHECK(dim.view().row(0)[0] == 40);
  CHECK(dim.view().row(20)[30] == Approx(100).margin(1));

  const Image shut =
      distort(gradient(60, 40, PixelFormat::gray8), DistortionSpec(Distortion::shutter), 4);
  const auto [lowest, highest] = std::minmax_element(shut.pixels.begin(), shut.pixels.end());
  CHECK(*highest - *lowest < 20);
}

TEST_CASE("given an augmentation that changes nothing, the picture stays; a flip comes back") {
  const Image image = gradient(31, 22, PixelFormat::rgb8);
  Random random(1);
  CHECK(augment(image, {}, random).pixels == image.pixels);
  Augmentation flip;
  flip.flip = true;
  const Image once = augment(image, flip, random);
  CHECK(once.pixels != image.pixels);
  CHECK(augment(once, flip, random).pixels == image.pixels);
  Augmentation turn;
  turn.angle = 180;
  const Image upside_down = augment(image, turn, random);
  CHECK(upside_down.view().row(0)[0] == image.view().row(21)[90]);
}

TEST_CASE("given a parameter that makes no sense, the message says what was expected") {
  DistortionSpec blur(Distortion::lens_blur);
  CHECK_NOTHROW(blur.set("kernel", 5));
  CHECK_THROWS_WITH(blur.set("kernel", 0), Catch::Contains("from 1"));
  CHECK_THROWS_WITH(blur.set("kernel", 2.5), Catch::Contains("whole"));
  CHECK_THROWS_WITH(blur.set("kernel", std::nan("")), Catch::Contains("found nan"));
  CHECK_THROWS_WITH(blur.set("sigma", 1), Catch::Contains("expected kernel, found 'sigma'"));
  CHECK_THROWS_WITH(DistortionSpec(Distortion::clean).set("", 1),
                    Catch::Contains("expected no parameters"));
  CHECK_THROWS_WITH(distort(ImageView{}, DistortionSpec(Distortion::clean)),
                    Catch::Contains("at least one pixel"));
  CHECK_THROWS_WITH(
      distort(gradient(4, 4, PixelFormat::gray8), DistortionSpec(Distortion::compression)),
      Catch::Contains("JPEG codec"));
  CHECK(distortion_from_string("Aliasing") == Distortion::aliasing);
  CHECK_FALSE(distortion_from_string("aliasing").has_value());
  for (std::size_t i = 0; i < distortions.size(); ++i) {
    CHECK(static_cast<std::size_t>(distortions[i].kind) == i);
  }
}

TEST_CASE("given a picture, fliqe distort writes one distortion or a sheet of all") {
  const TemporaryDir dir;
  const std::string picture = (example_images() / "0_120_60_0_09564.jpg").string();
  const Finished one = test::fliqe("distort '" + picture +
                                   "' --type LensBlur --param kernel=5 -o '" + dir / "a.png'");
  INFO(one.errors);
  CHECK(one.exit_code == 0);
  const Image expected =
      distort(decoded(picture), DistortionSpec(Distortion::lens_blur).set("kernel", 5));
  CHECK(decoded(dir / "a.png").pixels == expected.pixels);

  CHECK(test::fliqe("distort '" + picture + "' -o '" + dir / "sheet.png'").exit_code == 0);
  const Image sheet = decoded(dir / "sheet.png");
  CHECK(sheet.width > 3 * expected.width);
  CHECK(sheet.height > 3 * expected.height);
  CHECK_THAT(test::fliqe("distort --list").output, Catch::Contains("MotionBlur"));

  const auto fails = [&](const std::string& options, const std::string& message) {
    const Finished failed = test::fliqe("distort '" + picture + "' " + options);
    CHECK(failed.exit_code == 2);
    CHECK_THAT(failed.errors, Catch::Contains(message));
  };
  fails("-o '" + dir / "b.png' --type Fog", "found 'Fog'");
  fails("-o '" + dir / "b.gif' --type Clean", "ends in .png or .jpg, found '.gif'");
  fails("-o '" + dir / "b.png' --type Clean --param a", "name=number, found 'a'");
  fails("--type Clean", "--output");
}
