// SPDX-License-Identifier: MIT
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "app/ordered_pipeline.hpp"
#include "images/encode.hpp"
#include "io/csv.hpp"
#include "support/files.hpp"
#include "support/flir_writer.hpp"
#include "support/program.hpp"
#include "support/random_tensor.hpp"
#include "support/skip.hpp"
#include "support/video.hpp"
#include "video/frame_source.hpp"
#include "video/pooled_quality.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

double number(const tools::CsvTable& table, std::size_t row, const char* column) {
  return std::stod(table.rows[row][table.column(column)]);
}

}  // namespace

TEST_CASE("given a source that only goes on, results come in its order from many threads") {
  std::atomic<int> inside{0};
  std::atomic<bool> twice{false};
  int next = 0;
  tools::OrderedPipeline<int, int> pipeline(
      4, 6,
      [&]() -> std::optional<int> {
        if (inside++ > 0) twice = true;
        const std::optional<int> item = next < 500 ? std::optional(next++) : std::nullopt;
        --inside;
        return item;
      },
      [](int&& item) {
        if (item % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
        return 2 * item;
      });
  for (int i = 0; i < 500; ++i) REQUIRE(pipeline.next() == 2 * i);
  CHECK_FALSE(pipeline.next());
  CHECK_FALSE(pipeline.next());
  CHECK_FALSE(twice);
}

TEST_CASE("given a source or a worker that fails, what came before is handed out, then the error") {
  const bool in_source = GENERATE(true, false);
  int next = 0;
  tools::OrderedPipeline<int, int> pipeline(
      3, 4,
      [&]() -> std::optional<int> {
        if (in_source && next == 5) throw std::runtime_error("broken");
        return next < 9 ? std::optional(next++) : std::nullopt;
      },
      [&](int&& item) {
        if (!in_source && item == 5) throw std::runtime_error("broken");
        return item;
      });
  for (int i = 0; i < 5; ++i) REQUIRE(pipeline.next() == i);
  CHECK_THROWS_WITH(pipeline.next(), "broken");
}

TEST_CASE("given a reader that stops early, the pipeline ends without waiting for the source") {
  int next = 0;
  tools::OrderedPipeline<int, int> pipeline(
      2, 3, [&]() -> std::optional<int> { return next++; }, [](int&& item) { return item; });
  CHECK(pipeline.next() == 0);
}

TEST_CASE("given scores, pooled figures follow their definitions") {
  Random random(4);
  std::vector<double> scores;
  tools::PooledQuality pooled(0.5);
  double reciprocals = 0;
  for (int i = 0; i < 2000; ++i) {
    const double score = random.between(0, 1000000) / 1e6;
    scores.push_back(score);
    pooled.add(score);
    reciprocals += 1 / (1 + score);
  }
  std::ranges::sort(scores);
  const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
  const auto below = std::ranges::count_if(scores, [](double score) { return score < 0.5; });
  CHECK(pooled.lowest() == scores.front());
  CHECK(pooled.highest() == scores.back());
  CHECK(pooled.mean() == Approx(sum / 2000));
  CHECK(pooled.harmonic_mean() == Approx(2000 / reciprocals - 1));
  CHECK(pooled.share_below() == Approx(static_cast<double>(below) / 2000));
  CHECK(pooled.percentile(0.05) == Approx(scores[99]).margin(1e-5));
  CHECK(pooled.percentile(1) == Approx(scores.back()).margin(1e-5));
}

TEST_CASE("given an address with a password, no output shows it") {
  CHECK(tools::without_credentials("rtsp://user:pa@ss@cam/1?a@b") == "rtsp://***@cam/1?a@b");
  CHECK(tools::without_credentials("rtsp://cam/user@x") == "rtsp://cam/user@x");
  CHECK(tools::without_credentials("a@b/c.mp4") == "a@b/c.mp4");
  const Finished refused = test::fliqe("video --timeout 2 rtsp://me:secret@127.0.0.1:1/x");
  CHECK(refused.exit_code == 2);
  CHECK(refused.errors.find("secret") == std::string::npos);
}

TEST_CASE(
    "given numbered pictures, each frame's score is that of fliqe score, smoothed over the "
    "window",
    "[ffmpeg]") {
  if (!has_libav()) return skip("built without libavformat");
  const TemporaryDir dir;
  const int count = write_sequence(dir, 4);
  const Finished done = test::fliqe("video '" + dir / "f%04d.png" + "' --window 5 --sub '" +
                                    dir / "s.srt" + "' -o '" + dir / "v.csv'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  CHECK_THAT(done.errors, Catch::Contains("12 frames: mean"));
  REQUIRE(
      test::fliqe("score --format csv '" + dir / "*.png" + "' -o '" + dir / "p.csv'").exit_code ==
      0);
  const auto video = tools::read_csv(dir / "v.csv"), pictures = tools::read_csv(dir / "p.csv");
  REQUIRE(video.rows.size() == static_cast<std::size_t>(count));
  double sum = 0;
  for (std::size_t i = 0; i < video.rows.size(); ++i) {
    const double quality = number(video, i, "quality");
    CHECK(std::abs(quality - number(pictures, i, "quality")) < 1e-6);
    CHECK(number(video, i, "frame") == static_cast<double>(i));
    CHECK(number(video, i, "seconds") == Approx(0.04 * static_cast<double>(i)));
    sum += quality - (i >= 5 ? number(video, i - 5, "quality") : 0);
    const double seen = std::min(5.0, static_cast<double>(i + 1));
    CHECK(number(video, i, "smoothed") == Approx(sum / seen).margin(1e-8));
  }
  char cue[64];
  std::snprintf(cue, sizeof(cue), "1\n00:00:00,000 --> 00:00:00,500\nquality %.2f ",
                number(video, 0, "quality"));
  CHECK_THAT(read_text(dir / "s.srt"), Catch::StartsWith(cue));

  const std::string all = "video '" + dir / "f%04d.png" + "' ";
  const Finished some = test::fliqe(all + "--every 5 --format json");
  const auto json = nlohmann::json::parse(some.output);
  REQUIRE(json["scores"].size() == 3);
  CHECK(json["scores"][2]["frame"] == 10);
  CHECK(json["summary"]["frames"] == 3);
  CHECK(json["summary"]["pooled"]["min"] <= json["summary"]["pooled"]["mean"]);
  const Finished part = test::fliqe(all + "--start 0.2 --duration 0.12 --format jsonl");
  INFO(part.errors);
  const auto first = nlohmann::json::parse(part.output.substr(0, part.output.find('\n')));
  CHECK(first["frame"] == 5);
  CHECK(std::ranges::count(part.output, '\n') == 3);
  CHECK(test::fliqe(all + "--fail-below 0.9 -q -o /dev/null").exit_code == 1);
}

TEST_CASE("given a FLIR SEQ file, frames go through AGC one after the other") {
  const TemporaryDir dir;
  std::string file;
  for (const int step : {1, 40}) {
    FlirWriter writer;
    writer.raw = {40, 30, std::vector<std::uint16_t>(1200)};
    for (std::size_t i = 0; i < 1200; ++i) {
      writer.raw.counts[i] = static_cast<std::uint16_t>(9000 + i * static_cast<std::size_t>(step));
    }
    const test::FileBytes frame = writer.fff();
    file.append(reinterpret_cast<const char*>(frame.data()), frame.size());
  }
  write_file(dir / "a.seq", file);
  const Finished done = test::fliqe("video -q --agc-damping 0 '" + dir / "a.seq' --agc minmax");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  write_file(dir / "v.csv", done.output);
  const auto video = tools::read_csv(dir / "v.csv");
  REQUIRE(video.rows.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(video.rows[i][video.column("agc")] == "minmax");
    const Finished alone = test::fliqe("score -q --format jsonl --agc minmax --frame " +
                                       std::to_string(i) + " '" + dir / "a.seq'");
    CHECK(nlohmann::json::parse(alone.output)["quality"] == number(video, i, "quality"));
  }
  const Finished damped = test::fliqe("video -q '" + dir / "a.seq' --agc minmax");
  CHECK(damped.output != done.output);  // the second frame's levels follow those of the first
  const Finished second = test::fliqe("video -q --start 1 '" + dir / "a.seq' --agc minmax");
  CHECK(second.output.substr(second.output.find('\n') + 1) ==
        done.output.substr(done.output.rfind('\n', done.output.size() - 2) + 1));
}

TEST_CASE("given grey video of 16 bits, AGC makes the grey levels that it makes of a picture",
          "[ffmpeg]") {
  if (!has_libav()) return skip("built without libavformat");
  const TemporaryDir dir;
  RawFrame raw{64, 48, std::vector<std::uint16_t>(64 * 48)};
  for (std::size_t i = 0; i < raw.counts.size(); ++i) {
    raw.counts[i] = static_cast<std::uint16_t>(20000 + 7 * (i % 64) + 3 * (i / 64));
  }
  const std::vector<std::byte> png = tools::encode_gray16_png(raw);
  write_file(dir / "g0001.png", std::string(reinterpret_cast<const char*>(png.data()), png.size()));
  const Finished video = test::fliqe("video -q --format jsonl --agc minmax '" + dir / "g%04d.png'");
  const Finished alone = test::fliqe("score -q --format jsonl --agc minmax '" + dir / "g0001.png'");
  INFO(video.errors << alone.errors);
  REQUIRE(video.exit_code == 0);
  const auto found = nlohmann::json::parse(video.output);
  CHECK(found["agc"] == "minmax");
  CHECK(found["quality"] == nlohmann::json::parse(alone.output)["quality"]);
}

TEST_CASE("given what is no video, the fault is named") {
  const TemporaryDir dir;
  write_file(dir / "words.mp4", std::string("no video at all"));
  const Finished words = test::fliqe("video '" + dir / "words.mp4'");
  CHECK(words.exit_code == 2);
  CHECK_THAT(words.errors, Catch::Contains("words.mp4"));
  CHECK(test::fliqe("video '" + dir / "none.mp4'").exit_code == 2);
}

TEST_CASE("given a video that breaks off, the scores of all whole frames are written", "[ffmpeg]") {
  if (!has_libav()) return skip("built without libavformat");
  const TemporaryDir dir;
  write_sequence(dir, 1);
  write_file(dir / "f0001.png", read_text(dir / "f0001.png").substr(0, 4000));
  const Finished broken = test::fliqe("video '" + dir / "f%04d.png'");
  INFO(broken.errors);
  CHECK(std::ranges::count(broken.output, '\n') >= 2);  // the header and the frames that are whole
}

TEST_CASE("given a clip, its scores are those of the frames that ffmpeg writes",
          "[ffmpeg][shared]") {
  const auto shared = shared_dir_for_figures();
  if (!shared) return skip(no_shared_dir_for_figures);
  if (!has_libav()) return skip("built without libavformat");
  if (!has_program("ffmpeg")) return skip("ffmpeg is not installed");
  const TemporaryDir dir;
  const std::string clip = "'" + (*shared / "video/antiuav_4.avi").string() + "'";
  REQUIRE(test::fliqe("video " + clip + " --duration 4 -o '" + dir / "v.csv'").exit_code == 0);
  REQUIRE(run("ffmpeg -loglevel error -i " + clip + " -frames:v 100 -vsync passthrough '" +
              dir / "f%04d.png'")
              .exit_code == 0);
  REQUIRE(
      test::fliqe("score --format csv '" + dir / "*.png" + "' -o '" + dir / "p.csv'").exit_code ==
      0);
  const auto video = tools::read_csv(dir / "v.csv"), pictures = tools::read_csv(dir / "p.csv");
  REQUIRE(video.rows.size() == 100);
  REQUIRE(pictures.rows.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(std::abs(number(video, i, "quality") - number(pictures, i, "quality")) < 1e-6);
  }
}
