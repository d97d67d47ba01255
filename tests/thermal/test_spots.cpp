// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "images/encode.hpp"
#include "io/csv.hpp"
#include "io/inputs.hpp"
#include "pictures/picture.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/thermal_writers.hpp"
#include "thermal/spots.hpp"

using namespace fliqe;
using namespace fliqe::test;
using Catch::Contains;

namespace {

/// 5 x 4 counts from 0 to 19, the highest last.
RawFrame ramp() {
  RawFrame raw{5, 4, {}};
  for (std::uint16_t i = 0; i < 20; ++i) raw.counts.push_back(i);
  return raw;
}

/// 20 C, a hot place of 60 C at 30,20 and a cold one of 5 C at 3,4, in K/16.
RawFrame room() {
  const auto counts = [](double celsius) {
    return static_cast<std::uint16_t>(std::lrint(16 * (celsius + 273.15)));
  };
  RawFrame raw{64, 48, std::vector<std::uint16_t>(64 * 48, counts(20))};
  raw.counts[20 * 64 + 30] = counts(60);
  raw.counts[4 * 64 + 3] = counts(5);
  return raw;
}

/// A file whose counts are kelvin, and one whose counts are not.
struct Files {
  TemporaryDir dir;
  std::string hot, counts;

  Files() : hot("'" + dir / "hot.irg'"), counts("'" + dir / "counts.png'") {
    write_file(dir / "hot.irg", IrgWriter{.raw = room()}.file());
    tools::write_bytes(dir / "counts.png", tools::encode_gray16_png(room()));
  }
};

}  // namespace

TEST_CASE("given counts, places, mean and percentiles are those that NumPy gives") {
  const tools::Spots spots =
      tools::find_spots(ramp(), nullptr, {.percentiles = {0, 10, 50, 100}}, "a");
  REQUIRE(spots.areas.size() == 1);
  CHECK_FALSE(spots.in_celsius);
  const tools::AreaFigures& whole = spots.areas[0];
  CHECK(whole.area == tools::Area{"whole", 0, 0, 5, 4});
  CHECK(whole.values == 20);
  CHECK(whole.hottest.x == 4);
  CHECK(whole.hottest.y == 3);
  CHECK(whole.coldest.value == 0);
  CHECK(whole.mean == Approx(9.5));
  REQUIRE(whole.percentiles.size() == 4);
  CHECK(whole.percentiles[0] == 0);
  CHECK(whole.percentiles[1] == Approx(1.9));
  CHECK(whole.percentiles[2] == Approx(9.5));
  CHECK(whole.percentiles[3] == 19);
}

TEST_CASE("given areas, each has figures of its own and must lie within the picture") {
  const tools::Area middle = tools::area_from_string("the pump=1,1,3x2");
  CHECK(middle == tools::Area{"the pump", 1, 1, 3, 2});
  const tools::Spots spots = tools::find_spots(ramp(), nullptr, {.areas = {middle}}, "a");
  REQUIRE(spots.areas.size() == 2);
  CHECK(spots.areas[1].values == 6);
  CHECK(spots.areas[1].coldest.value == 6);
  CHECK(spots.areas[1].hottest.value == 13);
  CHECK(spots.areas[1].hottest.x == 3);
  CHECK(spots.areas[1].hottest.y == 2);
  for (const char* outside : {"p=3,0,3x1", "p=0,4,1x1", "p=0,0,6x1", "p=2147483647,0,1x1"}) {
    const tools::SpotsRequest request{.areas = {tools::area_from_string(outside)}};
    CHECK_THROWS_WITH(tools::find_spots(ramp(), nullptr, request, "a.fff"),
                      Contains("a.fff: area 'p': expected to lie within 5x4, found "));
  }
  for (const char* bad : {"1,1,3x2", "=1,1,3x2", "p=1,1,3x2x", "p=-1,1,3x2", "p=1,1,0x2", "p="}) {
    CHECK_THROWS_WITH(tools::area_from_string(bad), Contains("NAME=X,Y,WIDTHxHEIGHT"));
  }
}

TEST_CASE("given temperatures, an isotherm counts pixels on or above it, its mask shows them") {
  const auto scale = TemperatureScale::linear(10);  // 0 to 190 K; absolute zero has no temperature
  const tools::Spots spots = tools::find_spots(ramp(), &scale, {.isotherm = 160 - 273.15}, "a");
  CHECK(spots.in_celsius);
  CHECK(spots.areas[0].values == 19);
  CHECK(spots.areas[0].above == 4);
  CHECK(spots.areas[0].coldest.x == 1);
  const Image mask = tools::isotherm_mask(ramp(), scale, 160 - 273.15);
  CHECK(std::ranges::count(mask.pixels, 255) == 4);
  CHECK(mask.pixels.back() == 255);
  CHECK(mask.pixels.front() == 0);
  CHECK_THROWS_WITH(tools::find_spots(ramp(), nullptr, {.isotherm = 1}, "a"),
                    Contains("a: an isotherm needs temperatures"));
}

TEST_CASE("given a thermal file, fliqe thermal tells its spots as text, JSON and CSV") {
  const Files files;
  const Finished text = test::fliqe("thermal --spots --area bench=20,10,30x20 " + files.hot);
  INFO(text.errors);
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.output, Contains("whole  hottest 59.98 at 30,20  coldest 4.98 at 3,4") ||
                              Contains("whole  hottest 60.04 at 30,20  coldest 5.04 at 3,4"));
  CHECK_THAT(text.output, Contains("bench  hottest"));

  const Finished json =
      test::fliqe("thermal --json --isotherm 50 --area bench=20,10,30x20 " + files.hot);
  const auto spots = nlohmann::json::parse(json.output)[0]["spots"];
  CHECK(spots["unit"] == "C");
  CHECK(spots["areas"][1]["name"] == "bench");
  CHECK(spots["areas"][1]["hottest"]["x"] == 30);
  CHECK(spots["areas"][1]["coldest"]["value"].get<double>() == Approx(20).margin(0.05));
  CHECK(spots["areas"][1]["above_isotherm"] == 1);
  CHECK(spots["areas"][0]["percentiles"]["50"].get<double>() == Approx(20).margin(0.05));

  const Finished csv = test::fliqe("thermal --csv --percentiles 1,99 --area bench=20,10,30x20 " +
                                   files.hot + " " + files.counts);
  write_file(files.dir / "spots.csv", csv.output);
  const tools::CsvTable table = tools::read_csv(files.dir / "spots.csv");
  REQUIRE(table.rows.size() == 4);
  CHECK(table.rows[1][table.column("area")] == "bench");
  CHECK(table.rows[1][table.column("hottest_y")] == "20");
  CHECK(table.rows[3][table.column("unit")] == "counts");
  CHECK(table.has("p99"));
}

TEST_CASE("given a limit, a file that is hotter makes fliqe thermal exit with 1") {
  const Files files;
  const auto exit_code = [&](const std::string& options) {
    return test::fliqe("thermal " + options + " " + files.hot).exit_code;
  };
  CHECK(exit_code("--fail-above 65") == 0);
  CHECK(exit_code("--fail-above 55") == 1);
  CHECK(exit_code("--fail-above 55 --area floor=0,0,20x20") == 0);
  CHECK(exit_code("--fail-above 55 --area floor=0,0,20x20 --area bench=20,10,30x20") == 1);
  const Finished counts = test::fliqe("thermal --fail-above 55 " + files.counts);
  CHECK(counts.exit_code == 2);
  CHECK_THAT(counts.errors, Contains("counts.png: --fail-above needs temperatures"));
  CHECK(
      test::fliqe("thermal --fail-above 55 --kelvin-per-count 0.0625 " + files.counts).exit_code ==
      1);
  CHECK(test::fliqe("thermal --fail-above 55 " + files.hot + " " + files.counts).exit_code == 3);
}

TEST_CASE("given an isotherm, its mask is written as a picture") {
  const Files files;
  const std::string mask = files.dir / "mask.png";
  const Finished done = test::fliqe("thermal --isotherm 50 --mask '" + mask + "' " + files.hot);
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  const Image image = tools::decode_picture(tools::read_input(mask), mask, {}).image;
  CHECK(image.width == 64);
  CHECK(image.view().row(20)[30 * channel_count(image.format)] == 255);
  CHECK(test::fliqe("thermal --mask '" + mask + "' " + files.hot).exit_code == 2);
}
