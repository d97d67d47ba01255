// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/thermal.hpp>
#include <nlohmann/json.hpp>

#include "pictures/picture.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/thermal_scenes.hpp"
#include "support/thermal_writers.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

DjiWriter dji(int width, int height) {
  DjiWriter writer;
  writer.raw = scene_counts(width, height);
  return writer;
}

}  // namespace

TEST_CASE("given an R-JPEG of DJI, counts come from APP3 or APP4 in segments of any length") {
  DjiWriter writer = dji(160, 120);
  writer.counts_in_app4 = GENERATE(false, true);
  writer.longest_segment = GENERATE(std::size_t{1000}, std::size_t{65532});
  writer.exif_order = GENERATE(std::endian::little, std::endian::big);
  const ThermalFrame frame = decode_dji(writer.jpeg(), "a.jpg");
  CHECK(frame.raw.width == 160);
  CHECK(frame.raw.height == 120);
  CHECK(frame.raw.counts == writer.raw.counts);
  CHECK(frame.camera == "M3T");
  CHECK(frame.container == (writer.counts_in_app4 ? "DJI R-JPEG" : "DJI R-JPEG iirp"));
}

TEST_CASE("given a picture larger than its counts, the size is that of a known sensor") {
  DjiWriter writer = dji(640, 512);
  writer.picture_width = 1280;
  writer.picture_height = 1024;
  const ThermalFrame frame = decode_thermal(writer.jpeg(), "a.jpg");
  CHECK(frame.raw.width == 640);
  CHECK(frame.raw.height == 512);
  CHECK(frame.raw.counts == writer.raw.counts);
}

TEST_CASE("given counts of an unknown size, the picture's size, else the given one is taken") {
  DjiWriter writer = dji(90, 70);
  CHECK_THROWS_WITH(decode_dji(writer.jpeg(), "a.jpg"),
                    "a.jpg: expected 655360 bytes of counts for 640x512 in the segments APP3 or "
                    "APP4 of a DJI camera, found 12600 and 48");
  CHECK_THROWS_WITH(decode_dji(writer.jpeg(), "a.jpg", {}, FrameSize{70, 80}),
                    Catch::Contains("expected 11200 bytes of counts for 70x80"));
  CHECK(decode_dji(writer.jpeg(), "a.jpg", {}, FrameSize{90, 70}).raw.counts == writer.raw.counts);
  writer.picture_width = 90;
  writer.picture_height = 70;
  CHECK(decode_dji(writer.jpeg(), "a.jpg").raw.counts == writer.raw.counts);
}

TEST_CASE("given counts in another byte order, they are read in it on request only") {
  DjiWriter writer = dji(160, 120);
  const RawFrame little = writer.raw;
  for (std::uint16_t& count : writer.raw.counts) count = detail::swapped_bytes(count);
  CHECK(decode_dji(writer.jpeg(), "a").raw.counts == writer.raw.counts);
  CHECK(decode_dji(writer.jpeg(), "a", std::endian::big).raw.counts == little.counts);
}

TEST_CASE("given an R-JPEG, counts have a unit only where it is known") {
  const auto unit = [](const std::string& model, const std::string& method) {
    DjiWriter writer = dji(160, 120);
    writer.model = model;
    writer.method = method;
    return decode_thermal(writer.jpeg(), "a").unit;
  };
  CHECK(unit("M3T", "iirp") == CountsUnit::kelvin_64th);
  CHECK(unit("M3T", "hirp") == CountsUnit::unknown);
  CHECK(unit("M30T", "iirp") == CountsUnit::unknown);
  CHECK(unit("ZH20T", "girp") == CountsUnit::unknown);
}

TEST_CASE("given a JPEG without counts, of another maker or cut off, the message says so") {
  const std::string not_radiometric = "not radiometric";
  const FileBytes plain = jpeg_with({}, 16, 16);
  CHECK_THROWS_WITH(decode_thermal(plain, "a.jpg"), Catch::Contains(not_radiometric));
  CHECK_THROWS_WITH(decode_dji(plain, "a.jpg"), "a.jpg: expected a JPEG of a DJI camera");
  const FileBytes colour =
      jpeg_with(jpeg_segment(0xffe1, exif_of("DJI", "FC3170", std::endian::little)), 16, 16);
  CHECK_THROWS_WITH(decode_thermal(colour, "a.jpg"),
                    Catch::Contains(not_radiometric) && Catch::Contains("DJI"));
  DjiWriter writer = dji(160, 120);
  writer.maker = "Other";
  CHECK_THROWS_WITH(decode_thermal(writer.jpeg(), "a.jpg"), Catch::Contains(not_radiometric));

  writer.maker = "DJI";
  writer.longest_segment = 10000;
  FileBytes cut = writer.jpeg();
  cut.resize(25000);
  try {
    decode_thermal(cut, "a.jpg");
    FAIL("a file that is cut off was read");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::corrupt_file);
    CHECK_THAT(error.what(),
               Catch::Contains("expected 655360 bytes") && Catch::Contains("found 20000 and 0"));
  }
}

TEST_CASE("given an R-JPEG, the program scores its picture or counts and tells what it holds") {
  const TemporaryDir dir;
  DjiWriter writer = dji(90, 70);
  writer.picture_width = 180;
  writer.picture_height = 140;
  write_file(dir / "a.jpg", writer.jpeg());
  const std::string file = " '" + dir / "a.jpg'";
  const auto scored = [&](const std::string& options) {
    const Finished done = test::fliqe("score --format jsonl " + options + file);
    INFO(done.errors);
    REQUIRE(done.exit_code == 0);
    return nlohmann::json::parse(done.output);
  };
  CHECK(scored("")["width"] == 180);
  CHECK(scored("--source raw --raw-size 90x70")["width"] == 90);
  CHECK_THAT(test::fliqe("score --source raw" + file).errors,
             Catch::Contains("a.jpg: expected 50400 bytes of counts for 180x140"));

  const Finished thermal = test::fliqe("thermal --json --raw-size 90x70" + file);
  INFO(thermal.errors);
  const auto report = nlohmann::json::parse(thermal.output)[0];
  CHECK(report["container"] == "DJI R-JPEG iirp");
  CHECK(report["camera"] == "M3T");
  CHECK(report["counts_unit"] == "K/64");
  const auto count = *std::ranges::max_element(writer.raw.counts);
  CHECK(report["celsius"]["max"].get<double>() == Approx(count / 64.0 - 273.15));

  writer.model = "M30T";
  write_file(dir / "a.jpg", writer.jpeg());
  const Finished unknown = test::fliqe("thermal --json --raw-size 90x70" + file);
  const auto counts = nlohmann::json::parse(unknown.output)[0];
  CHECK(counts["counts_unit"] == "unknown");
  CHECK(counts["celsius"].is_null());
}
