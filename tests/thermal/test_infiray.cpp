// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/thermal.hpp>
#include <nlohmann/json.hpp>

#include "io/inputs.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"
#include "support/thermal_scenes.hpp"
#include "support/thermal_writers.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

constexpr int width = 64, height = 48;

IjpegWriter ijpeg() {
  return {.raw = scene_counts(width, height)};
}

IrgWriter irg() {
  return {.raw = scene_counts(width, height)};
}

}  // namespace

TEST_CASE("given an IJPEG whose header counts in 8 or 16 bits, its second plane is the counts") {
  IjpegWriter writer = ijpeg();
  writer.bits = GENERATE(8, 16);
  const ThermalFrame frame = decode_thermal(writer.jpeg(), "a.jpg");
  CHECK(frame.raw.width == width);
  CHECK(frame.raw.height == height);
  CHECK(frame.raw.counts == writer.raw.counts);
  CHECK(frame.camera == "P2_USB_IR");
  CHECK(frame.container == "InfiRay IJPEG");
}

TEST_CASE("given an IJPEG, counts are kelvin in the sensor's high gain only") {
  IjpegWriter writer = ijpeg();
  CHECK(decode_ijpeg(writer.jpeg(), "a").unit == CountsUnit::kelvin_64th);
  writer.high_gain = false;
  CHECK(decode_ijpeg(writer.jpeg(), "a").unit == CountsUnit::unknown);
}

TEST_CASE("given an IJPEG without temperatures, cut off or with false sizes, it is refused") {
  IjpegWriter writer = ijpeg();
  writer.tells_temperatures = false;
  CHECK_THROWS_WITH(decode_ijpeg(writer.jpeg(), "a"), Catch::Contains("a: not radiometric"));
  writer = ijpeg();
  writer.empty_planes = 0;
  writer.missing = 1;
  CHECK_THROWS_WITH(decode_ijpeg(writer.jpeg(), "a"),
                    "a: expected 6144 and 6144 bytes in the segments APP3, found 12287");
}

TEST_CASE("given an IJPEG header that contradicts itself or overflows, it is refused") {
  const FileBytes whole = ijpeg().jpeg();
  const std::size_t header = detail::as_text(whole).find("IJPEG") - 4;
  const auto with = [&](std::size_t place, int value) {
    FileBytes bytes = whole;
    bytes[header + place] = static_cast<std::byte>(value);
    return bytes;
  };
  CHECK_THROWS_WITH(decode_ijpeg(with(0x3a, 65), "a"),
                    "a: expected 6240 bytes of temperatures for 65x48 of 16 bits, found 6144");
  CHECK_THROWS_WITH(decode_ijpeg(with(0x27, 0xff), "a"), Catch::Contains("a: expected"));
  CHECK_THROWS_WITH(decode_ijpeg(with(0x37, 0xff), "a"), Catch::Contains("a: expected"));
}

TEST_CASE("given IRG files of several kinds, counts and their unit are read") {
  struct Case {
    std::uint16_t kind, mark, by_autel;
    std::uint32_t high_gain;
    CountsUnit unit;
  };
  const Case each = GENERATE(Case{0xacca, 0xcaac, 0, 1, CountsUnit::kelvin_16th},
                             Case{0xacca, 0xcaac, 0, 0, CountsUnit::unknown},
                             Case{0xacca, 0xcaac, 1, 0, CountsUnit::kelvin_10th},
                             Case{0xabba, 0xcaac, 0, 0, CountsUnit::kelvin_10th},
                             Case{0xa004, 0x0000, 0, 0, CountsUnit::kelvin_10th});
  IrgWriter writer = irg();
  writer.kind = each.kind;
  writer.mark = each.mark;
  writer.by_autel = each.by_autel;
  writer.high_gain = each.high_gain;
  writer.header_size = GENERATE(std::size_t{128}, std::size_t{200});
  const ThermalFrame frame = decode_thermal(writer.file(), "a.irg");
  CHECK(frame.raw.width == width);
  CHECK(frame.raw.height == height);
  CHECK(frame.raw.counts == writer.raw.counts);
  CHECK(frame.container == "InfiRay IRG");
  CHECK(frame.unit == each.unit);
}

TEST_CASE("given an IRG file that is cut off or contradicts itself, it is refused") {
  const IrgWriter writer = irg();
  FileBytes file = writer.file();
  file.resize(file.size() - 1);
  CHECK_THROWS_WITH(decode_irg(file, "a.irg"),
                    "a.irg: expected 9216 bytes after the header for 64x48, found 9215");
  file = writer.file();
  file[4] = std::byte{1};
  CHECK_THROWS_WITH(decode_irg(file, "a.irg"),
                    "a.irg: expected a picture of 3072 bytes for 64x48, found 3073");
  IrgWriter no_mark = writer;
  no_mark.mark = 0;
  CHECK_THROWS_WITH(decode_irg(no_mark.file(), "a.irg"), "a.irg: expected an IRG file");
  CHECK_FALSE(is_irg({}));
}

TEST_CASE("given IRG and IJPEG files, the program scores counts and shows temperatures") {
  const TemporaryDir dir;
  RawFrame raw = scene_counts(width, height);
  for (std::uint16_t& count : raw.counts) count = static_cast<std::uint16_t>(count / 3);
  write_file(dir / "a.irg", IrgWriter{.raw = raw}.file());
  write_file(dir / "b.jpg", ijpeg().jpeg());
  const Finished scored =
      test::fliqe("score --format json --source raw '" + dir.path().string() + "'");
  INFO(scored.errors);
  REQUIRE(scored.exit_code == 0);
  const auto images = nlohmann::json::parse(scored.output)["images"];
  REQUIRE(images.size() == 2);
  for (const auto& image : images) CHECK(image["width"] == width);

  const auto report = nlohmann::json::parse(
      test::fliqe("thermal --json '" + dir / "a.irg" + "' '" + dir / "b.jpg'").output);
  CHECK(report[0]["counts_unit"] == "K/16");
  CHECK(report[0]["celsius"]["min"].get<double>() ==
        Approx(std::ranges::min(raw.counts) / 16.0 - 273.15));
  CHECK(report[1]["counts_unit"] == "K/64");
  CHECK(report[1]["celsius"]["min"].get<double>() ==
        Approx(std::ranges::min(ijpeg().raw.counts) / 64.0 - 273.15));
}

TEST_CASE("given real files of InfiRay, sizes and temperatures are those of other readers",
          "[shared]") {
  const auto shared = shared_dir();
  if (!shared) return skip(no_shared_dir);
  const std::string irg_file = (*shared / "formats/infiray_example.irg").string();
  if (!fs::exists(irg_file)) return skip("no shared/formats");
  const ThermalFrame frame = decode_thermal(tools::read_input(irg_file), irg_file);
  CHECK(frame.raw.width == 192);  // the camera is held upright
  CHECK(frame.raw.height == 256);
  CHECK(frame.unit == CountsUnit::kelvin_16th);
  const auto [lowest, highest] = std::ranges::minmax_element(frame.raw.counts);
  CHECK(*lowest / 16.0 - 273.15 == Approx(25.9).margin(0.05));
  CHECK(*highest / 16.0 - 273.15 == Approx(49.2).margin(0.05));
  // ExifTool's has its counts replaced by 20 letters.
  const std::string cut = (*shared / "formats/InfiRay_cut.jpg").string();
  CHECK_THROWS_WITH(decode_thermal(tools::read_input(cut), cut),
                    cut + ": expected 98304 and 98304 bytes in the segments APP3, found 20");
}
