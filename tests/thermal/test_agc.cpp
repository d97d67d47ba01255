// SPDX-License-Identifier: MIT
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/thermal/agc.hpp>
#include <fliqe/thermal/palette.hpp>
#include <set>

#include "images/decode.hpp"
#include "images/encode.hpp"
#include "io/inputs.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/random_tensor.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

RawFrame random_counts(int width, int height, unsigned seed) {
  Random random(seed);
  RawFrame raw{width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    raw.counts.push_back(static_cast<std::uint16_t>(9000 + 700 * std::abs(random.normal())));
  }
  return raw;
}

/// NumPy's percentile of sorted values.
double percentile(std::vector<std::uint16_t> counts, double percent) {
  std::sort(counts.begin(), counts.end());
  const double place = percent / 100 * static_cast<double>(counts.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, counts.size() - 1);
  const double part = place - static_cast<double>(below);
  return counts[below] * (1 - part) + counts[above] * part;
}

}  // namespace

TEST_CASE("given counts, linear AGC clips the tails and stretches the rest") {
  const double percent = GENERATE(0.0, 1.0, 5.0);
  const RawFrame raw = random_counts(61, 47, 1);
  const double low = percentile(raw.counts, percent), high = percentile(raw.counts, 100 - percent);
  const Image image = apply_agc(raw, {AgcKind::linear, percent});
  for (std::size_t i = 0; i < raw.counts.size(); ++i) {
    const double level = std::clamp(255 * (raw.counts[i] - low) / (high - low), 0.0, 255.0);
    REQUIRE(std::abs(image.pixels[i] - level) <= 0.5001);
  }
  if (percent == 0) CHECK(apply_agc(raw, {AgcKind::minmax}).pixels == image.pixels);
}

TEST_CASE("given counts, plateau equalisation keeps order and gives common counts more room") {
  const RawFrame raw = random_counts(80, 60, 2);
  const Image image = apply_agc(raw, agc_from_string("plateau:30"));
  std::vector<std::pair<std::uint16_t, std::uint8_t>> levels;
  for (std::size_t i = 0; i < raw.counts.size(); ++i) {
    levels.emplace_back(raw.counts[i], image.pixels[i]);
  }
  std::sort(levels.begin(), levels.end());
  for (std::size_t i = 1; i < levels.size(); ++i) {
    REQUIRE(levels[i].second >= levels[i - 1].second);
  }
  CHECK(levels.front().second == 0);
  CHECK(levels.back().second == 255);
  // Without a plateau that clips, a count's level is the share of the pixels below it.
  const Image whole = apply_agc(raw, agc_from_string("plateau:1000000"));
  const auto middle = percentile(raw.counts, 50);
  for (std::size_t i = 0; i < raw.counts.size(); ++i) {
    if (raw.counts[i] == std::lrint(middle)) CHECK(whole.pixels[i] == Approx(127.5).margin(2));
  }
}

TEST_CASE("given the frames of a stream, AGC follows the scene by its damping") {
  const std::string name = GENERATE("linear:1", "plateau", "clahe");
  const AgcSpec spec = agc_from_string(name);
  const RawFrame first = random_counts(40, 30, 5);
  RawFrame second = first;
  for (std::size_t i = 0; i < 60; ++i) second.counts[i] = 30000;  // something hot
  StreamAgc alone(spec, 0), damped(spec, 0.9);
  CHECK(alone.apply(first).pixels == apply_agc(first, spec).pixels);
  CHECK(alone.apply(second).pixels == apply_agc(second, spec).pixels);
  CHECK(damped.apply(first).pixels == apply_agc(first, spec).pixels);
  const auto change = [&](const Image& image) {
    double sum = 0;
    const Image before = apply_agc(first, spec);
    for (std::size_t i = 60; i < image.pixels.size(); ++i) {
      sum += std::abs(image.pixels[i] - before.pixels[i]);
    }
    return sum;
  };
  const double at_once = change(apply_agc(second, spec));
  CHECK(change(damped.apply(second)) < 0.25 * at_once + 600);
  for (int i = 0; i < 200; ++i) damped.apply(second);
  const Image settled = damped.apply(second), wanted = apply_agc(second, spec);
  for (std::size_t i = 0; i < settled.pixels.size(); ++i) {
    REQUIRE(std::abs(settled.pixels[i] - wanted.pixels[i]) <= (name == "clahe" ? 8 : 1));
  }
  damped.reset();
  CHECK(damped.apply(first).pixels == apply_agc(first, spec).pixels);
  CHECK_THROWS_AS(StreamAgc(spec, 1), Error);
}

TEST_CASE("given counts that are all equal, every AGC gives an even picture") {
  const RawFrame raw{30, 20, std::vector<std::uint16_t>(600, 7000)};
  for (const char* agc : {"linear", "minmax", "plateau", "clahe", "upper"}) {
    INFO(agc);
    const Image image = apply_agc(raw, agc_from_string(agc));
    CHECK(std::set(image.pixels.begin(), image.pixels.end()).size() == 1);
  }
  CHECK(apply_agc(raw, agc_from_string("upper")).pixels[0] == 7000 / 256);
}

TEST_CASE("given a span of temperatures, grey levels are straight in degrees") {
  const TemperatureScale scale = TemperatureScale::linear(0.04);
  RawFrame raw{4, 1, {0, 7000, 7250, 9000}};  // below absolute zero, 6.85, 16.85, 86.85 C
  const Image image = apply_agc(raw, agc_from_string("span:6.85:26.85"), &scale);
  CHECK(image.pixels == std::vector<std::uint8_t>{0, 0, 128, 255});
  CHECK_THROWS_WITH(apply_agc(raw, agc_from_string("span:0:10")),
                    Catch::Contains("needs radiometric data"));
}

TEST_CASE("given grey pictures, CLAHE is OpenCV's", "[opencv]") {
  if (!python_has("cv2")) return skip("python3-opencv is not installed");
  const TemporaryDir dir;
  const auto [width, height] =
      GENERATE(table<int, int>({{64, 48}, {65, 48}, {97, 61}, {160, 120}, {9, 9}}));
  const double limit = GENERATE(0.0, 2.0, 8.0);
  Random random(static_cast<unsigned>(width));
  Image image{width, height, PixelFormat::gray8, {}};
  for (int i = 0; i < width * height; ++i) {
    const double level = 90 + 0.5 * (i % width) + 12 * random.normal();
    image.pixels.push_back(static_cast<std::uint8_t>(std::clamp(level, 0.0, 255.0)));
  }
  tools::write_image(dir / "a.png", image);
  const Finished done = run("/usr/bin/python3 -c \"import cv2; a = cv2.imread('" + dir / "a.png" +
                            "', 0); cv2.imwrite('" + dir / "b.png" + "', cv2.createCLAHE(" +
                            std::to_string(limit) + ", (8, 8)).apply(a))\"");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  const Image theirs = tools::decode(tools::read_input(dir / "b.png"), "b.png");
  const Image ours = detail::equalized(image, limit);
  REQUIRE(theirs.pixels.size() == ours.pixels.size());
  int largest = 0;
  for (std::size_t i = 0; i < ours.pixels.size(); ++i) {
    largest = std::max(largest, std::abs(ours.pixels[i] - theirs.pixels[i]));
  }
  INFO(width << "x" << height << " limit " << limit);
  CHECK(largest <= 1);
}

TEST_CASE("given AGC names, they are read, written back, and refused when they make no sense") {
  for (const char* text :
       {"linear:1", "linear:0.5", "minmax", "plateau:150", "clahe:2", "span:-20:120.5", "upper"}) {
    CHECK(to_string(agc_from_string(text)) == text);
  }
  CHECK(to_string(agc_from_string("linear")) == "linear:1");
  CHECK(to_string(agc_from_string("clahe")) == "clahe:2");
  for (const char* text :
       {"", "magic", "linear:", "linear:x", "linear:60", "linear:1:2", "minmax:1", "span", "span:1",
        "span:5:1", "span:1:2:3", "plateau:nan", "upper:"}) {
    INFO(text);
    CHECK_THROWS_AS(agc_from_string(text), Error);
  }
  CHECK_THROWS_AS(apply_agc(RawFrame{}, {}), Error);
}

TEST_CASE("given palettes, their ends are right and brightness rises where it should") {
  const auto brightness = [](const std::array<std::uint8_t, 3>& color) {
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2];
  };
  const PaletteColors white = colors_of(Palette::white_hot), black = colors_of(Palette::black_hot);
  const PaletteColors iron = colors_of(Palette::ironbow);
  for (std::size_t i = 0; i < 256; ++i) {
    CHECK(white[i] == std::array{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i),
                                 static_cast<std::uint8_t>(i)});
    CHECK(black[i] == white[255 - i]);
    if (i > 0) CHECK(brightness(iron[i]) >= brightness(iron[i - 1]));
  }
  for (const Palette palette : all_palettes) {
    CHECK(palette_from_string(to_string(palette)) == palette);
    const PaletteColors colors = colors_of(palette);
    CHECK(std::set(colors.begin(), colors.end()).size() > 200);
  }
  const Image gray{2, 1, PixelFormat::gray8, {0, 255}};
  CHECK(colorize(gray, Palette::black_hot).pixels ==
        std::vector<std::uint8_t>{255, 255, 255, 0, 0, 0});
  const Image color{1, 1, PixelFormat::rgb8, {1, 2, 3}};
  CHECK_THROWS_AS(colorize(color, Palette::ironbow), Error);
}
