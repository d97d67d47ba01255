// SPDX-License-Identifier: MIT
/// @file
/// The real program with real files and a real network. Nothing here depends on how fast they are;
/// test_watcher.cpp has a clock of its own.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

#include "support/files.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"
#include "watch/clips.hpp"
#include "watch/events.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

/// A TCP port of loopback that was free just now.
int free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool is_bound =
      ::bind(descriptor, generic, size) == 0 && ::getsockname(descriptor, generic, &size) == 0;
  ::close(descriptor);
  if (!is_bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

/// Runs a script of this folder on the program; one that hangs is ended.
Finished run_script(const std::string& name, const std::string& arguments) {
  return run("timeout -k 5 300 '" + (source_dir() / "tests/watch" / name).string() +
             "' '" FLIQE_PROGRAM "' " + arguments);
}

Finished watch_calling_camera(const std::string& log) {
  constexpr int port_is_taken = 75;
  Finished done;
  for (int i = 0; i < 5; ++i) {
    const std::string address =
        "rtsp://me:secret@127.0.0.1:" + std::to_string(free_port()) + "/live";
    done = run_script("calling_camera.sh", "'" + address + "' '" + log + "'");
    if (done.exit_code != port_is_taken) break;
  }
  return done;
}

bool accounts_for_all_frames(const nlohmann::json& summary) {
  return summary["scored"].get<int>() + summary["dropped"].get<int>() +
             summary["frozen"].get<int>() ==
         summary["received"];
}

}  // namespace

TEST_CASE("given files, the program writes their events, runs the hook and counts every frame",
          "[ffmpeg]") {
  if (!has_ffmpeg()) return skip("built without libavformat, or no ffmpeg");
  const TemporaryDir dir;
  const std::string clip = make_clip(dir, test_picture(1));
  write_file(dir / "w.json", R"({"interval": 0, "streams": [
      {"name": "fast", "source": ")" +
                                 clip + R"("},
      {"name": "real", "source": ")" +
                                 clip + R"(", "realtime": true, "alert": {"below": 1, "for": 0}},
      {"name": "none", "source": "/nonexistent/clip.mp4"}],
      "hook": "cat > ')" + dir / "hook.json" +
                                 R"('"})");
  const Finished done = test::fliqe("watch '" + dir / "w.json'");
  INFO(done.errors << done.output);
  REQUIRE(done.exit_code == 3);  // one never gave a frame
  const Events events = read_events(done.output);
  for (const char* name : {"fast", "real"}) {
    const Events summaries = only(events, "summary", name);
    REQUIRE(summaries.size() == 1);
    const auto& summary = summaries[0];
    CHECK(summary["received"] == 10);
    CHECK(summary["scored"] == only(events, "score", name).size());
    CHECK(summary["scored"] > 0);
    CHECK(accounts_for_all_frames(summary));
    CHECK(summary["disconnects"] == 0);
    CHECK(summary["latency_ms"]["p50"] <= summary["latency_ms"]["max"]);
  }
  const Events alerts = only(events, "alert");
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0]["stream"] == "real");
  CHECK(read_events(read_text(dir / "hook.json")) == alerts);
  CHECK(only(events, "ended").size() == 3);
  CHECK_THAT(only(events, "ended", "none").at(0)["error"].get<std::string>(),
             Catch::Contains("/nonexistent/clip.mp4"));
  const auto stamp = events[0]["timestamp"].get<std::string>();
  CHECK((stamp.size() == 24 && stamp.back() == 'Z' && stamp[10] == 'T' && stamp[19] == '.'));
}

TEST_CASE("given a request to end, everything is written and the exit code is that of success",
          "[ffmpeg]") {
  if (!has_ffmpeg()) return skip("built without libavformat, or no ffmpeg");
  const TemporaryDir dir;
  const std::string signal = GENERATE("INT", "TERM");
  const std::string clip = make_clip(dir, test_picture(60));
  const std::string log = dir / "log.jsonl";
  const Finished done = run_script("end_by_signal.sh", "'" + clip + "' '" + log + "' " + signal);
  INFO(done.errors);
  CHECK(done.exit_code == 0);
  const Events events = read_events(read_text(log));
  CHECK(only(events, "summary").size() == 1);
  CHECK_FALSE(only(events, "score").empty());
  CHECK_THAT(done.errors, Catch::Contains("frames"));
}

TEST_CASE("given a camera that is killed and calls again, watch says so and goes on", "[ffmpeg]") {
  if (!has_ffmpeg()) return skip("built without libavformat, or no ffmpeg");
  const TemporaryDir dir;
  const Finished done = watch_calling_camera(dir / "log.jsonl");
  const std::string log = read_text(dir / "log.jsonl");
  INFO(done.errors << log);
  REQUIRE(done.exit_code == 0);
  const Events events = read_events(log);
  REQUIRE(only(events, "connected").size() >= 2);
  CHECK(only(events, "connected")[1]["down_s"] > 0);
  CHECK(only(events, "disconnected").size() >= 1);
  const auto summary = only(events, "summary").at(0);
  CHECK(summary["disconnects"] >= 1);
  CHECK(summary["received"] >= 1);
  CHECK(log.find("secret") == std::string::npos);
  CHECK(done.errors.find("secret") == std::string::npos);
  CHECK_THAT(done.errors, Catch::Contains("/live: "));
}

TEST_CASE("given no stream that can be read, or none at all, the exit code says so") {
  const Finished nothing = test::fliqe("watch /nonexistent.mp4");
  CHECK(nothing.exit_code == 2);
  CHECK(test::fliqe("watch").exit_code == 2);
  CHECK(test::fliqe("watch /nonexistent.json").exit_code == 2);
  const TemporaryDir dir;
  CHECK(test::fliqe("watch a.mp4 -o '" + dir / "none/log'").exit_code == 2);
}
