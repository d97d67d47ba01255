// SPDX-License-Identifier: MIT
#include <charls/charls.h>

#include <catch2/catch.hpp>
#include <fliqe/thermal.hpp>
#include <nlohmann/json.hpp>

#include "images/encode.hpp"
#include "images/jpeg_ls.hpp"
#include "io/inputs.hpp"
#include "io/mapped_file.hpp"
#include "pictures/picture.hpp"
#include "support/files.hpp"
#include "support/flir_writer.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"
#include "support/thermal_scenes.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

test::FileBytes jpeg_ls_of(const RawFrame& raw, int bits = 16) {
  charls::jpegls_encoder encoder;
  encoder.frame_info(
      {static_cast<std::uint32_t>(raw.width), static_cast<std::uint32_t>(raw.height), bits, 1});
  test::FileBytes bytes(encoder.estimated_destination_size());
  encoder.destination(bytes.data(), bytes.size());
  bytes.resize(encoder.encode(raw.counts.data(), 2 * raw.counts.size()));
  return bytes;
}

std::vector<std::uint16_t> by_charls(std::span<const std::byte> bytes) {
  const charls::jpegls_decoder decoder(bytes.data(), bytes.size());
  const charls::frame_info& info = decoder.frame_info();
  std::vector<std::uint16_t> counts(std::size_t{info.width} * info.height);
  decoder.decode(counts.data(), 2 * counts.size());
  return counts;
}

/// A sequence of FFF frames whose raw data is JPEG-LS.
test::FileBytes csq_of(std::initializer_list<RawFrame> frames) {
  test::FileBytes file;
  for (const RawFrame& raw : frames) {
    FlirWriter writer;
    writer.raw = raw;
    writer.payload = jpeg_ls_of(raw);
    const test::FileBytes frame = writer.fff();
    file.insert(file.end(), frame.begin(), frame.end());
  }
  return file;
}

std::string refusal_of(const test::FileBytes& bytes) {
  try {
    tools::decode_jpeg_ls(bytes, "a");
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("given a CSQ file, each frame's counts can be had") {
  const RawFrame first = scene_counts(64, 48), second = scene_counts(40, 30);
  const test::FileBytes file = csq_of({first, second});
  for (const std::size_t frame : {std::size_t{0}, std::size_t{1}}) {
    tools::ThermalOptions options;
    options.frame = frame;
    const ThermalFrame found = tools::decode_counts(file, "a.csq", options);
    CHECK(found.raw.counts == (frame == 0 ? first : second).counts);
    CHECK(found.camera == "TEST CAM");
  }
}

TEST_CASE("given a CSQ file, fliqe video scores its frames as fliqe score does") {
  const TemporaryDir dir;
  RawFrame inverse = scene_counts(64, 48);
  for (std::uint16_t& count : inverse.counts) count = static_cast<std::uint16_t>(30000 - count);
  write_file(dir / "a.csq", csq_of({scene_counts(64, 48), inverse}));
  const std::string file = " '" + dir / "a.csq'";
  const Finished video = test::fliqe("video -q --format jsonl --agc-damping 0" + file);
  INFO(video.errors);
  REQUIRE(video.exit_code == 0);
  std::istringstream lines(video.output);
  for (const char* frame : {"0", "1"}) {
    std::string line;
    std::getline(lines, line);
    const Finished one = test::fliqe("score --format jsonl --frame " + std::string(frame) + file);
    CHECK(nlohmann::json::parse(line)["quality"] == nlohmann::json::parse(one.output)["quality"]);
  }
}

TEST_CASE("given JPEG-LS of 9 to 16 bits, the counts that were encoded are decoded") {
  for (const int bits : {9, 12, 14, 16}) {
    RawFrame raw = scene_counts(67, 41);
    for (std::uint16_t& count : raw.counts)
      count = static_cast<std::uint16_t>(count >> (16 - bits));
    CAPTURE(bits);
    CHECK(tools::decode_jpeg_ls(jpeg_ls_of(raw, bits), "a").counts == raw.counts);
  }
}

TEST_CASE("given JPEG-LS that is cut off, of 8 bits, too large or broken, it is refused") {
  const RawFrame raw = scene_counts(64, 48);
  test::FileBytes bytes = jpeg_ls_of(raw);
  CHECK(tools::decode_jpeg_ls(bytes, "a").counts == raw.counts);
  CHECK_THROWS_WITH(tools::decode_jpeg_ls(bytes, "a", 3071),
                    "a: expected at most 3071 pixels, found 64x48");
  test::FileBytes tall = bytes;
  const std::size_t header = detail::as_text(tall).find("\xff\xf7");
  tall[header + 5] = std::byte{0xff};  // the height
  CHECK_THAT(refusal_of(tall), Catch::Contains("a: expected at least 8166 bytes"));
  test::FileBytes taller = bytes;
  taller[header + 6] = std::byte{49};
  CHECK_THAT(refusal_of(taller), Catch::EndsWith("expected more rows, found the scan's end"));
  test::FileBytes short_scan = bytes;
  short_scan.erase(short_scan.end() - 12, short_scan.end() - 2);
  CHECK_THAT(refusal_of(short_scan), Catch::EndsWith("expected more rows, found the scan's end"));
  test::FileBytes twice = bytes;
  const std::size_t scan = detail::as_text(twice).find("\xff\xda");
  twice.insert(twice.end() - 2, bytes.begin() + static_cast<std::ptrdiff_t>(scan), bytes.end() - 2);
  CHECK_THAT(refusal_of(twice), Catch::Contains("expected the end of the image after its scan"));
  bytes.resize(bytes.size() / 2);
  CHECK_THAT(refusal_of(bytes), Catch::Contains("expected the end of the image after its scan"));
  CHECK_THAT(refusal_of({}), Catch::EndsWith("expected a frame header, found none"));
  RawFrame eight{8, 8, std::vector<std::uint16_t>(32)};
  charls::jpegls_encoder encoder;
  encoder.frame_info({8, 8, 8, 1});
  test::FileBytes grey(encoder.estimated_destination_size());
  encoder.destination(grey.data(), grey.size());
  grey.resize(encoder.encode(eight.counts.data(), 64));
  CHECK_THAT(refusal_of(grey), Catch::Contains("of 9 to 16 bits, found 1 of 8"));
}

TEST_CASE("given a CSQ file of a camera, counts are those that FFmpeg and CharLS decode",
          "[shared]") {
  const auto shared = shared_dir();
  if (!shared) return skip(no_shared_dir);
  const std::string path = (*shared / "formats/SampleCSQ.csq").string();
  if (!fs::exists(path)) return skip("no shared/formats");
  if (!has_program("ffmpeg")) return skip("ffmpeg is not installed");
  const tools::MappedFile file(path);
  const std::vector<std::size_t> places = fff_frames(file.bytes());
  REQUIRE(places.size() == 8);
  CHECK_THROWS_WITH(tools::decode_counts(file.bytes().subspan(places.back()), path, {}),
                    Catch::Contains("expected 124216 more bytes, found 124212"));  // is cut off
  for (std::size_t i = 0; i + 1 < places.size(); ++i) {
    const auto frame = file.bytes().subspan(places[i]);
    const RawFrame ours = tools::decode_counts(frame, path, {}).raw;
    const std::size_t picture = detail::as_text(frame).find("\xff\xd8\xff\xf7");
    REQUIRE(picture != std::string_view::npos);
    const TemporaryDir dir;
    write_file(dir / "a.jls", frame.subspan(picture));
    const Finished done = run("ffmpeg -v error -c:v jpegls -f image2 -i '" + dir / "a.jls" +
                              "' -f rawvideo -pix_fmt gray16le '" + dir / "a.y16'");
    INFO(done.errors);
    REQUIRE(done.exit_code == 0);
    const RawFrame theirs =
        raw_frame_from(tools::read_input(dir / "a.y16"), ours.width, ours.height, "a.y16");
    CHECK(ours.counts == theirs.counts);
    CHECK(ours.counts == by_charls(frame.subspan(picture)));
  }
}
