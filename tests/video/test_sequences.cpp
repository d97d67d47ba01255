// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "images/tiff.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/thermal_scenes.hpp"
#include "support/tiff_writer.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

/// Of different sizes and counts.
std::vector<RawFrame> three_frames() {
  std::vector<RawFrame> frames{scene_counts(64, 48), scene_counts(80, 60), scene_counts(64, 48)};
  for (std::uint16_t& count : frames[2].counts) count = static_cast<std::uint16_t>(30000 - count);
  return frames;
}

std::vector<nlohmann::json> lines_of(const std::string& output) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(output);
  for (std::string line; std::getline(text, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json.contains("frame")) lines.push_back(json);
  }
  return lines;
}

}  // namespace

TEST_CASE("given a TIFF or BigTIFF of several pages in either byte order, each can be had") {
  const std::vector<RawFrame> frames = three_frames();
  const FileBytes file = tiff_of(std::span(frames), GENERATE(std::endian::little, std::endian::big),
                                 GENERATE(TiffLayout::classic, TiffLayout::big));
  tools::TiffPages pages(file, "a.tif");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    REQUIRE(pages.has_counts());
    CHECK(pages.counts().counts == frames[i].counts);
    CHECK(pages.next() == (i + 1 < frames.size()));
    tools::TiffPages others(file, "a.tif");
    others.go_to(i);
    CHECK(others.counts().width == frames[i].width);
  }
  tools::TiffPages again(file, "a.tif");
  CHECK_THROWS_WITH(again.go_to(3), "a.tif: expected a page below 3, found 3");
}

TEST_CASE("given a TIFF whose second page is cut off or bent back, the first can be had") {
  const std::vector<RawFrame> frames = three_frames();
  FileBytes file = tiff_of(std::span(frames).first(2), std::endian::little);
  const FileBytes first = tiff_of(std::span(frames).first(1), std::endian::little);
  file.resize(first.size() + 100);
  tools::TiffPages pages(file, "a.tif");
  CHECK(pages.counts().counts == frames[0].counts);
  CHECK_THROWS_WITH(pages.next(), Catch::Contains("a.tif: cannot decode the TIFF: "));

  FileBytes loop = first;
  std::copy_n(loop.begin() + 4, 4, loop.end() - 4);  // the next page is the first
  tools::TiffPages bent(loop, "b.tif");
  CHECK_THROWS_WITH(bent.next(), Catch::Contains("b.tif: cannot decode the TIFF: "));
}

TEST_CASE("given a TIFF of counts, fliqe video scores its pages as fliqe score does") {
  const TemporaryDir dir;
  const std::vector<RawFrame> pages = three_frames();
  write_file(dir / "stack.tif", tiff_of(std::span(pages), std::endian::little));
  const std::string file = " '" + dir / "stack.tif'";
  const Finished video = test::fliqe("video -q --format jsonl --agc minmax --agc-damping 0" + file);
  INFO(video.errors);
  REQUIRE(video.exit_code == 0);
  const auto frames = lines_of(video.output);
  REQUIRE(frames.size() == 3);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    CHECK(frames[i]["frame"] == i);
    CHECK(frames[i]["seconds"] == i);
    const Finished one =
        test::fliqe("score --format jsonl --agc minmax --frame " + std::to_string(i) + file);
    REQUIRE(one.exit_code == 0);
    CHECK(nlohmann::json::parse(one.output)["quality"] == frames[i]["quality"]);
  }
  const Finished late = test::fliqe("video -q --format jsonl --start 2" + file);
  CHECK(lines_of(late.output).size() == 1);
  const Finished beyond = test::fliqe("thermal --frame 3" + file);
  CHECK(beyond.exit_code == 2);
  CHECK_THAT(beyond.errors, Catch::Contains("expected a page below 3, found 3"));
}

TEST_CASE("given a TIFF of pages of 8 bits, fliqe video scores them as they are") {
  const TemporaryDir dir;
  const std::vector<TiffPage> pages(2, {64, 48, 8, FileBytes(64 * 48, std::byte{90})});
  write_file(dir / "grey.tif", tiff_of(std::span(pages), std::endian::big));
  const Finished video = test::fliqe("video -q --format jsonl '" + dir / "grey.tif'");
  INFO(video.errors);
  CHECK(video.exit_code == 0);
  const auto frames = lines_of(video.output);
  REQUIRE(frames.size() == 2);
  CHECK_FALSE(frames[1].contains("agc"));
  const Finished one = test::fliqe("score --format jsonl '" + dir / "grey.tif'");
  CHECK(nlohmann::json::parse(one.output)["quality"] == frames[1]["quality"]);
}
