// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/program.hpp"
#include "support/video.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

using Events = std::vector<nlohmann::json>;

Events events_of(const std::string& text, const std::string& name = "") {
  Events events;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    auto event = nlohmann::json::parse(line);
    if (name.empty() || event["event"] == name) events.push_back(std::move(event));
  }
  return events;
}

bool has_ffmpeg() {
  return has_libav() && run("command -v ffmpeg").exit_code == 0;
}

/// A moving test picture, as FFmpeg makes it.
std::string test_picture(double seconds, const std::string& more = "") {
  return "-f lavfi -i testsrc=size=320x240:rate=10:duration=" + std::to_string(seconds) + more +
         " -c:v mpeg4 -q:v 3 -g 5 ";
}

std::string make_clip(const TemporaryDir& dir, double seconds) {
  const std::string path = dir / "clip.mp4";
  REQUIRE(run("ffmpeg -loglevel error " + test_picture(seconds) + "'" + path + "'").exit_code == 0);
  return path;
}

}  // namespace

TEST_CASE("given files at their own speed, each has its session, its events and its summary") {
  if (!has_ffmpeg()) {
    WARN("skipped: built without libavformat, or no ffmpeg");
    return;
  }
  const TemporaryDir dir;
  const std::string clip = make_clip(dir, 2);
  write_file(dir / "w.json", R"({"interval": 0, "smoothing_window": 4, "streams": [
      {"name": "a", "source": ")" +
                                 clip + R"(", "realtime": true},
      {"name": "b", "source": ")" +
                                 clip + R"(", "realtime": true, "alert": {"below": 1, "for": 0.5}},
      {"name": "none", "source": "/nonexistent/clip.mp4"}],
      "hook": "cat >> ')" + dir / "hook.json" +
                                 R"('"})");
  const Finished done = test::fliqe("watch '" + dir / "w.json'");
  INFO(done.errors << done.output);
  REQUIRE(done.exit_code == 3);  // one never gave a frame
  std::map<std::string, Events> summaries;
  for (const auto& event : events_of(done.output, "summary")) {
    summaries[event["stream"]].push_back(event);
  }
  for (const char* name : {"a", "b"}) {
    REQUIRE(summaries[name].size() == 1);
    const auto& summary = summaries[name][0];
    CHECK(summary["received"] == 20);
    CHECK(summary["scored"].get<int>() + summary["dropped"].get<int>() == 20);
    CHECK(summary["scored"] > 0);
    CHECK(summary["disconnects"] == 0);
    CHECK(summary["latency_ms"]["p50"] <= summary["latency_ms"]["max"]);
  }
  int scores = 0;
  double sum = 0;
  std::vector<double> raw;
  for (const auto& event : events_of(done.output, "score")) {
    if (event["stream"] != "a") continue;
    raw.push_back(event["raw_image_quality"]);
    sum += raw.back() - (raw.size() > 4 ? raw[raw.size() - 5] : 0);
    const double count = static_cast<double>(std::min<std::size_t>(4, raw.size()));
    CHECK(event["smoothed_image_quality"].get<double>() == Approx(sum / count).margin(1e-8));
    CHECK(event["smoothing_window"] == 4);
    ++scores;
  }
  CHECK(summaries["a"][0]["scored"] == scores);
  const Events alerts = events_of(done.output, "alert");
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0]["stream"] == "b");
  CHECK(events_of(read_text(dir / "hook.json")) == alerts);
  CHECK(events_of(done.output, "ended").size() == 3);
  CHECK_THAT(events_of(done.output, "ended")[0]["error"].get<std::string>(),
             Catch::Contains("/nonexistent/clip.mp4"));
  const auto stamp = events_of(done.output)[0]["timestamp"].get<std::string>();
  CHECK((stamp.size() == 24 && stamp.back() == 'Z' && stamp[10] == 'T' && stamp[19] == '.'));
}

TEST_CASE("given a file as fast as it can be read, frames that nobody could score are counted") {
  if (!has_ffmpeg()) {
    WARN("skipped: built without libavformat, or no ffmpeg");
    return;
  }
  const TemporaryDir dir;
  const Finished done = test::fliqe("watch '" + make_clip(dir, 60) + "'");
  INFO(done.errors << done.output);
  REQUIRE(done.exit_code == 0);
  const auto summary = events_of(done.output, "summary").at(0);
  CHECK(summary["received"] == 600);
  CHECK(summary["dropped"] > 0);
  CHECK(summary["scored"].get<int>() + summary["dropped"].get<int>() == 600);
}

TEST_CASE("given a request to end, everything is written and the exit code is that of success") {
  if (!has_ffmpeg()) {
    WARN("skipped: built without libavformat, or no ffmpeg");
    return;
  }
  const TemporaryDir dir;
  const std::string signal = GENERATE("INT", "TERM");
  const std::string clip = make_clip(dir, 30);
  const Finished done =
      run("timeout --foreground --preserve-status -s " + signal +
          " 2 '" FLIQE_PROGRAM "' watch --realtime '" + clip + "' -o '" + dir / "log.jsonl" + "'");
  INFO(done.errors);
  CHECK(done.exit_code == 0);
  const std::string log = read_text(dir / "log.jsonl");
  CHECK(events_of(log, "summary").size() == 1);
  CHECK(events_of(log, "score").size() >= 1);
  CHECK_THAT(done.errors, Catch::Contains("frames"));
}

TEST_CASE("given a camera that shows one picture for long, its frames are not scored") {
  if (!has_ffmpeg()) {
    WARN("skipped: built without libavformat, or no ffmpeg");
    return;
  }
  const TemporaryDir dir;
  REQUIRE(run("ffmpeg -loglevel error " +
              test_picture(2, " -vf tpad=stop_mode=clone:stop_duration=2") + "'" +
              dir / "clip.mp4'")
              .exit_code == 0);
  const Finished done =
      test::fliqe("watch --realtime --interval 0 --frozen 0.5 '" + dir / "clip.mp4'");
  INFO(done.errors << done.output);
  REQUIRE(done.exit_code == 0);
  CHECK(events_of(done.output, "frozen").size() == 1);
  const auto summary = events_of(done.output, "summary").at(0);
  CHECK(summary["frozen"] > 3);
  CHECK(summary["scored"].get<int>() + summary["dropped"].get<int>() +
            summary["frozen"].get<int>() ==
        summary["received"]);
}

TEST_CASE("given a stream that stalls, is killed and comes back twice, watch says so and goes on") {
  if (!has_ffmpeg()) {
    WARN("skipped: built without libavformat, or no ffmpeg");
    return;
  }
  const TemporaryDir dir;
  const std::string address =
      "rtsp://me:secret@127.0.0.1:" + std::to_string(20000 + ::getpid() % 20000) + "/live";
  const std::string send = "ffmpeg -loglevel error -re " + test_picture(60) +
                           "-f rtsp -rtsp_transport tcp '" + address + "' & camera=$!\n";
  // FFmpeg as a camera that calls: watch listens. Sent, stopped for a while, killed, three times.
  write_file(dir / "run.sh",
             "'" FLIQE_PROGRAM "' watch '" + address +
                 "' --input-option rtsp_flags=listen --interval 0 --stale 0.7 -o '" +
                 dir / "log.jsonl" + "' & watch=$!\n" + "sleep 1\nfor i in 1 2 3; do\n" + send +
                 "sleep 2.5; kill -STOP $camera; sleep 1.5; kill -CONT $camera; sleep 1\n"
                 "kill -KILL $camera; wait $camera; sleep 2; done\n"
                 "kill -TERM $watch; wait $watch\n");
  const Finished done = run("bash '" + dir / "run.sh'");
  const std::string log = read_text(dir / "log.jsonl");
  INFO(done.errors << log);
  CHECK(done.exit_code == 0);
  CHECK(events_of(log, "connected").size() == 3);
  CHECK(events_of(log, "stale").size() == 3);
  CHECK(events_of(log, "fresh").size() == 3);
  const auto summary = events_of(log, "summary").at(0);
  CHECK(summary["disconnects"] == 3);
  CHECK(summary["down_s"] > 3);
  CHECK(summary["received"] > 60);
  CHECK(summary["scored"].get<int>() + summary["dropped"].get<int>() == summary["received"]);
  CHECK(log.find("secret") == log.npos);
  CHECK(done.errors.find("/live: ") != done.errors.npos);
  const auto back = events_of(log, "connected").at(1);
  CHECK(back["down_s"] > 1.5);
}

TEST_CASE("given no stream that can be read, or none at all, the exit code says so") {
  const Finished nothing = test::fliqe("watch /nonexistent.mp4");
  CHECK(nothing.exit_code == 2);
  CHECK(test::fliqe("watch").exit_code == 2);
  CHECK(test::fliqe("watch /nonexistent.json").exit_code == 2);
  const TemporaryDir dir;
  CHECK(test::fliqe("watch a.mp4 -o '" + dir / "none/log'").exit_code == 2);
}
