// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <filesystem>
#include <fliqe/thermal.hpp>

#include "dataset/picture_set.hpp"
#include "dataset/split.hpp"
#include "support/files.hpp"
#include "support/flir_writer.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"
#include "support/thermal_scenes.hpp"
#include "support/video.hpp"
#include "train/feature_table.hpp"
#include "video/frame_source.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

/// A SEQ file whose frames differ.
void write_seq(const std::string& path, int frames) {
  FileBytes file;
  for (int i = 0; i < frames; ++i) {
    FlirWriter writer;
    writer.raw = scene_counts(32 + i, 24);
    const FileBytes frame = writer.fff();
    file.insert(file.end(), frame.begin(), frame.end());
  }
  write_file(path, file);
}

std::vector<tools::KnownPicture> pictures_of(const tools::PictureSet& set, std::size_t failures) {
  std::vector<tools::KnownPicture> pictures;
  const std::size_t failed =
      set.for_each([&](tools::KnownPicture&& each) { pictures.push_back(std::move(each)); });
  CHECK(failed == failures);
  return pictures;
}

/// Four frames as a video; nothing where there is no encoder.
std::optional<std::string> write_clip(const TemporaryDir& dir) {
  if (!has_libav()) return std::nullopt;
  const TemporaryDir frames;
  write_sequence(frames, 2);
  const std::string clip = dir / "clip.mkv";
  const Finished done =
      test::fliqe("video -q -o /dev/null --annotate '" + clip + "' '" + frames / "f%04d.png'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  return clip;
}

}  // namespace

TEST_CASE("given a sequence and --every, each Nth frame is a picture as fliqe video sees it") {
  const TemporaryDir dir;
  const std::string path = dir / "a.seq";
  write_seq(path, 5);
  tools::PictureSet set;
  set.images = {path};
  CHECK(pictures_of(set, 0).size() == 1);  // without --every it is a picture
  CHECK(set.count() == 1);
  set.every = 2;
  CHECK(set.count() == 0);
  const auto pictures = pictures_of(set, 0);
  REQUIRE(pictures.size() == 3);
  const auto video = tools::open_frame_source(path, {});
  for (std::size_t i = 0; i < 5; ++i) {
    const auto frame = video->next();
    REQUIRE(frame);
    if (i % 2 != 0) continue;
    const tools::KnownPicture& picture = pictures[i / 2];
    CHECK(picture.path == path + "#" + std::to_string(i));
    CHECK(picture.source == path);
    CHECK(picture.label == fs::path(path).parent_path().filename().string());
    CHECK(picture.image.pixels == frame->image.pixels);
  }
}

TEST_CASE("given --distort and --augment, all versions of each frame are made") {
  const TemporaryDir dir;
  write_seq(dir / "a.seq", 3);
  tools::PictureSet set;
  set.images = {dir / "a.seq"};
  set.every = 1;
  set.distorted = true;
  set.augmented = 1;
  const auto pictures = pictures_of(set, 0);
  REQUIRE(pictures.size() == 3 * 2 * 9);
  CHECK(pictures[0].image.pixels != pictures[18].image.pixels);  // other frames, other faults
  CHECK(pictures[9].path == dir / "a.seq" + "#0");
  CHECK(pictures[18].path == dir / "a.seq" + "#1");
}

TEST_CASE("given broken videos in a folder, they are named and the others' frames are taken") {
  const TemporaryDir dir;
  fs::create_directory(dir / "fault");
  write_seq(dir / "fault/a.seq", 2);
  write_file(dir / "fault/b.mp4", std::string("no video at all"));
  write_seq(dir / "fault/c.seq", 2);
  const std::string whole = read_text(dir / "fault/c.seq");
  write_file(dir / "fault/c.seq", whole.substr(0, whole.size() - 400));
  tools::PictureSet set;
  set.images = {dir / "fault"};
  set.every = 1;
  const auto pictures = pictures_of(set, 2);
  REQUIRE(pictures.size() == 3);
  CHECK(pictures[2].path == dir / "fault/c.seq" + "#0");
  CHECK(pictures[2].label == "fault");
  set.images = {dir / "fault/b.mp4"};
  CHECK_THROWS_WITH(pictures_of(set, 0), Catch::Contains("no picture could be read"));
}

TEST_CASE("given a table of videos, labels and groups are the table's, or a video is a group") {
  const TemporaryDir dir;
  write_seq(dir / "a.seq", 2);
  write_file(dir / "labels.csv", std::string("file,label\na.seq,Clean\n"));
  tools::PictureSet set;
  set.images = {dir / "labels.csv"};
  set.every = 1;
  CHECK(pictures_of(set, 0).at(1).source == dir / "a.seq");
  write_file(dir / "labels.csv", std::string("file,label,group\na.seq,Clean,roof\n"));
  CHECK(pictures_of(set, 0).at(1).source == "roof");
  CHECK(pictures_of(set, 0).at(1).label == "Clean");
}

TEST_CASE("given a split by picture, frames of one video stay together") {
  CHECK(tools::file_of("a/clip.mp4#12") == "a/clip.mp4");
  CHECK(tools::file_of("a/clip.SEQ#0") == "a/clip.SEQ");
  CHECK(tools::file_of("a/no.1#12") == "a/no.1#12");  // the name of a file
  CHECK(tools::file_of("clip.mp4#") == "clip.mp4#");
  CHECK(tools::file_of("clip.mp4#x") == "clip.mp4#x");
  const TemporaryDir dir;
  write_seq(dir / "a.seq", 2);
  tools::PictureSet set;
  set.images = {dir / "a.seq"};
  set.every = 1;
  CHECK(set.units("picture") == std::set<std::string>{dir / "a.seq"});
  CHECK(set.units("group") == std::set<std::string>{dir / "a.seq"});
}

TEST_CASE("given a clip, fliqe embed writes a row for each Nth frame") {
  const TemporaryDir dir;
  const auto clip = write_clip(dir);
  if (!clip) return skip("built without libavformat");
  const Finished done = test::fliqe("embed '" + *clip + "' --every 4 -o '" + dir / "e.csv'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  const auto rows = tools::FeatureTable::read(dir / "e.csv").rows;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].path == *clip + "#0");
  CHECK(rows[1].path == *clip + "#4");
  CHECK(rows[1].source == *clip);
  CHECK(rows[0].values.size() == 128);
  CHECK(test::fliqe("embed '" + *clip + "' --every 0").exit_code == 2);
}
