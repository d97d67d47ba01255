// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/thermal.hpp>

#include "support/files.hpp"
#include "support/program.hpp"
#include "support/thermal_scenes.hpp"
#include "support/thermal_writers.hpp"

using namespace fliqe;
using namespace fliqe::test;

TEST_CASE("given a JPEG of a Hikmicro camera, counts come from its HDRI block, without a unit") {
  const HikmicroWriter writer{.raw = scene_counts(64, 48)};
  const ThermalFrame frame = decode_thermal(writer.jpeg(), "a.jpeg");
  CHECK(frame.raw.width == 64);
  CHECK(frame.raw.height == 48);
  CHECK(frame.raw.counts == writer.raw.counts);
  CHECK(frame.camera == "Pocket2");
  CHECK(frame.container == "Hikmicro HDRI");
  CHECK(frame.unit == CountsUnit::unknown);
}

TEST_CASE("given the letters HDRI elsewhere, too, the block with a size is taken") {
  HikmicroWriter writer{.raw = scene_counts(64, 48)};
  writer.before = "HDRI" + std::string(60, '\xff');
  writer.after = "HDRI" + std::string(60, '\xff') + "HDRI";
  CHECK(decode_hikmicro(writer.jpeg(), "a.jpeg").raw.counts == writer.raw.counts);
}

TEST_CASE("given a block that is cut off or none, the message says what is missing") {
  HikmicroWriter writer{.raw = scene_counts(64, 48), .after = ""};
  FileBytes file = writer.jpeg();
  file.resize(file.size() - 1);
  CHECK_THROWS_WITH(
      decode_thermal(file, "a.jpeg"),
      "a.jpeg: expected 6144 bytes of counts for 64x48 in the HDRI block, found 6143");
  CHECK_THROWS_WITH(decode_hikmicro(jpeg_with({}, 16, 16), "a.jpeg"),
                    "a.jpeg: expected a JPEG with a Hikmicro HDRI block");
  CHECK_THROWS_AS(decode_hikmicro({}, "a.jpeg"), Error);
}

TEST_CASE("given a JPEG of a Hikmicro camera, its picture is scored, or its counts on request") {
  const TemporaryDir dir;
  write_file(dir / "a.jpeg", HikmicroWriter{.raw = scene_counts(80, 60)}.jpeg());
  const std::string file = " '" + dir / "a.jpeg'";
  CHECK_THAT(test::fliqe("score --format jsonl" + file).output, Catch::Contains("\"width\":64"));
  CHECK_THAT(test::fliqe("score --format jsonl --source raw" + file).output,
             Catch::Contains("\"width\":80"));
  CHECK_THAT(
      test::fliqe("thermal" + file).output,
      Catch::Contains("80x60, Pocket2, Hikmicro HDRI") && Catch::Contains("temperature  unknown"));
}
