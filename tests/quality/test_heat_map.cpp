// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/fliqe.hpp>
#include <fliqe/image/resize.hpp>
#include <fliqe/quality/heat_map_cells.hpp>

#include "images/decode.hpp"
#include "images/heat_overlay.hpp"
#include "io/csv.hpp"
#include "io/inputs.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/random_tensor.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

using Model = fliqe::FLIQE<CompactResNet50>;

Image clean_example() {
  return load_image((example_images() / "0_120_80_0_09620.jpg").string());
}

/// Noise over the upper right quarter.
Image with_noisy_quarter(Image image) {
  test::Random random(3);
  const int channels = channel_count(image.format);
  for (int y = 0; y < image.height / 2; ++y) {
    for (int x = image.width / 2 * channels; x < image.width * channels; ++x) {
      auto& value = image.pixels[static_cast<std::size_t>(y * image.width * channels + x)];
      value = static_cast<std::uint8_t>(std::clamp(value + 40.0 * random.normal(), 0.0, 255.0));
    }
  }
  return image;
}

}  // namespace

TEST_CASE("given one cell, the map holds what the whole picture has") {
  const Model model(default_weights());
  const Image image = clean_example();
  const HeatMap patches = heat_map(model, image, {HeatMapKind::patches, 1, 1, 1});
  CHECK(patches.whole.quality == model.estimate_image_quality(image));
  CHECK(patches.values == std::vector<double>{patches.whole.quality});
  // Covered all over the picture is even.
  const HeatMap occlusion = heat_map(model, image, {HeatMapKind::occlusion, 1, 1, 1});
  const Image small = resize_bilinear(image, 224, 224);
  std::array<double, 3> mean{};
  const auto channels = static_cast<std::size_t>(channel_count(small.format));
  for (std::size_t i = 0; i < small.pixels.size(); ++i) mean[i % channels] += small.pixels[i];
  Image even = small;
  for (std::size_t i = 0; i < even.pixels.size(); ++i) {
    even.pixels[i] = static_cast<std::uint8_t>(std::lround(mean[i % channels] / (224 * 224)));
  }
  CHECK(occlusion.values[0] ==
        Approx(occlusion.whole.logit - model.assess(even).logit).margin(1e-6));
}

TEST_CASE("given a window of a picture, repeating mirrors it at each edge") {
  Image image{7, 1, PixelFormat::gray8, {10, 11, 12, 13, 14, 15, 16}};
  Image out = image;
  detail::repeat_window(image, {2, 0, 3, 1}, out);
  CHECK(out.pixels == std::vector<std::uint8_t>{13, 12, 12, 13, 14, 14, 13});
  detail::cover_window(image, {5, 0, 2, 1}, detail::mean_pixel(image), out);
  CHECK(out.pixels == std::vector<std::uint8_t>{10, 11, 12, 13, 14, 13, 13});
}

TEST_CASE("given noise in one quarter, its patches score lowest") {
  const Model model(default_weights());
  const HeatMap before = heat_map(model, clean_example(), {HeatMapKind::patches, 8, 8, 2});
  const HeatMap after =
      heat_map(model, with_noisy_quarter(clean_example()), {HeatMapKind::patches, 8, 8, 2});
  const auto quarter = [](const HeatMap& map, int left, int top) {
    double sum = 0;
    for (int y = 0; y < 4; ++y) {
      for (int x = 0; x < 4; ++x) sum += map.at(left + x, top + y);
    }
    return sum / 16;
  };
  CHECK(quarter(after, 4, 0) < quarter(before, 4, 0) - 0.4);
  for (const auto& [left, top] : {std::pair(0, 0), std::pair(0, 4), std::pair(4, 4)}) {
    CHECK(quarter(after, 4, 0) < quarter(after, left, top) - 0.2);
    CHECK(std::abs(quarter(after, left, top) - quarter(before, left, top)) < 0.15);
  }
}

TEST_CASE("given a class, its map is of the probability and of its log-odds") {
  const Model model(default_weights());  // its classes are clean and distorted
  const Image image = with_noisy_quarter(clean_example());
  const HeatMapOptions grid{HeatMapKind::patches, 4, 4, 2};
  const HeatMap distorted = class_heat_map(model, image, "distorted", grid);
  const HeatMap clean = class_heat_map(model, image, "clean", grid);
  const HeatMap quality = heat_map(model, image, grid);
  CHECK(distorted.class_name == "distorted");
  CHECK(distorted.probability == Approx(1 - quality.whole.quality).margin(1e-6));
  for (std::size_t i = 0; i < quality.values.size(); ++i) {
    CHECK(clean.values[i] == Approx(quality.values[i]).margin(1e-6));
    CHECK(distorted.values[i] == Approx(1 - quality.values[i]).margin(1e-6));
  }
  const HeatMapOptions covered{HeatMapKind::occlusion, 4, 4, 2};
  const HeatMap by_class = class_heat_map(model, image, "distorted", covered);
  const HeatMap by_logit = heat_map(model, image, covered);
  for (std::size_t i = 0; i < by_logit.values.size(); ++i) {
    CHECK(by_class.values[i] == Approx(by_logit.values[i]).margin(2e-3));
  }
  CHECK_THROWS_WITH(class_heat_map(model, image, "person"),
                    "heat map: expected a class of clean, distorted, found 'person'");
}

TEST_CASE("given options out of range, a heat map says what it expects") {
  const Model model(default_weights());
  const Image image = clean_example();
  CHECK_THROWS_WITH(heat_map(model, image, {HeatMapKind::patches, 0, 4, 1}),
                    "heat map: expected 1 to 64 columns, found 0");
  CHECK_THROWS_WITH(heat_map(model, image, {HeatMapKind::patches, 4, 65, 1}),
                    "heat map: expected 1 to 64 rows, found 65");
  CHECK_THROWS_WITH(heat_map(model, image, {HeatMapKind::patches, 4, 3, 4}),
                    "heat map: expected 1 to 3 cells in a window, found 4");
  CHECK_THROWS_AS(heat_map(model, ImageView{}), Error);
}

TEST_CASE("given a picture, fliqe heatmap writes the grid and a picture with a legend") {
  const TemporaryDir dir;
  const std::string input = (example_images() / "0_120_80_0_09620.jpg").string();
  const std::string method = GENERATE("patches", "occlusion");
  const Finished done =
      test::fliqe("heatmap '" + input + "' --grid 5 --part 2 --ramp orange-blue --method " +
                  method + " -o '" + dir / "h.png" + "' --csv '" + dir / "g.csv'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  const auto grid = tools::read_csv(dir / "g.csv");  // its first row stands for a header
  CHECK(grid.header.size() == 5);
  CHECK(grid.rows.size() == 4);
  const Model model(default_weights());
  const HeatMap map =
      heat_map(model, tools::decode(tools::read_input(input), input),
               {method == "patches" ? HeatMapKind::patches : HeatMapKind::occlusion, 5, 5, 2});
  CHECK(std::stod(grid.rows[3][4]) == Approx(map.at(4, 4)).margin(1e-5));
  const Image overlay = tools::decode(tools::read_input(dir / "h.png"), "h.png");
  const Image image = tools::decode(tools::read_input(input), input);
  CHECK(overlay.width % image.width == 0);
  CHECK(overlay.height > image.height);
  const Finished by_class =
      test::fliqe("heatmap '" + input + "' --grid 5 --class distorted --method " + method +
                  " -o '" + dir / "c.png" + "'");
  CHECK(by_class.exit_code == 0);
  CHECK_THAT(by_class.errors, Catch::Contains(": distorted 0."));
  const Finished unknown = test::fliqe("heatmap '" + input + "' --class person");
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.errors, Catch::Contains("expected a class of clean, distorted"));
  CHECK(test::fliqe("heatmap '" + input + "' --grid 65").exit_code == 2);
  CHECK(test::fliqe("heatmap /nonexistent.png").exit_code == 2);
}
