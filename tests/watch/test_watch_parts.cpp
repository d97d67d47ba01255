// SPDX-License-Identifier: MIT
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "support/files.hpp"
#include "support/skip.hpp"
#include "video/frame_source.hpp"
#include "watch/alert.hpp"
#include "watch/backoff.hpp"
#include "watch/clips.hpp"
#include "watch/frozen_frames.hpp"
#include "watch/hook.hpp"
#include "watch/latencies.hpp"
#include "watch/newest_frames.hpp"
#include "watch/recent_causes.hpp"
#include "watch/watch_config.hpp"

using namespace fliqe;
using namespace fliqe::test;
using tools::Alert;

namespace {

Image noisy(int seed) {
  Image image{40, 60, PixelFormat::gray8, {}};
  for (int i = 0; i < 2400; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i * seed % 251));
  return image;
}

std::string message_of(const std::string& json) {
  const TemporaryDir dir;
  write_file(dir / "w.json", json);
  try {
    tools::check_watch_config(tools::read_watch_config(dir / "w.json", {}, {}));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("given qualities over time, an alert is raised and cleared once each has lasted") {
  Alert alert({.below = 0.5, .clear_above = 0.6, .seconds = 5});
  using enum Alert::Change;
  CHECK(alert.update(0.4, 0) == none);
  CHECK(alert.update(0.4, 4.9) == none);
  CHECK(alert.update(0.5, 5.5) == none);  // not below: starts anew
  CHECK(alert.update(0.49, 6) == none);
  CHECK(alert.update(0.3, 11) == raised);
  CHECK(alert.is_raised());
  CHECK(alert.update(0.3, 100) == none);
  CHECK(alert.update(0.55, 101) == none);  // between the limits nothing changes
  CHECK(alert.update(0.55, 110) == none);
  CHECK(alert.update(0.61, 111) == none);
  CHECK(alert.update(0.61, 116) == cleared);
  CHECK(alert.update(0.1, 117) == none);
  alert.interrupt();
  CHECK(alert.update(0.1, 123) == none);
  Alert at_once({.below = 0.5, .clear_above = 0.5, .seconds = 0});
  CHECK(at_once.update(0.4, 0) == raised);
  CHECK(at_once.update(0.6, 0) == cleared);
}

TEST_CASE("given causes over time, those of bad and of new frames count most") {
  tools::RecentCauses recent(10);
  CHECK(recent.mean().empty());
  recent.add(0.9, {{"Ghosting", 1}});
  for (int i = 0; i < 3; ++i) recent.add(0.1, {{"LensBlur", 0.75}, {"MotionBlur", 0.25}});
  const tools::Causes blurred = recent.mean();
  REQUIRE(blurred.size() == 2);  // the ghost of the good frame is below 5 %
  CHECK(blurred[0].fault == "LensBlur");
  CHECK(blurred[0].probability == Approx(0.75).margin(0.05));
  for (int i = 0; i < 40; ++i) recent.add(0.1, {{"Compression", 1}});
  const tools::Causes compressed = recent.mean();
  REQUIRE(compressed.size() == 1);
  CHECK(compressed[0].fault == "Compression");
}

TEST_CASE("given more frames than workers, the newest wait and the streams take turns") {
  tools::NewestFrames<int> frames;
  for (std::size_t i = 0; i < 3; ++i) CHECK(frames.add() == i);
  CHECK(frames.put(0, 1));
  CHECK_FALSE(frames.put(0, 2));
  CHECK(frames.put(2, 7));
  const auto first = frames.take();
  CHECK((first->stream == 0 && first->frame == 2));
  CHECK(frames.put(0, 3));  // waits until the other is done
  CHECK(frames.put(1, 5));
  const auto second = frames.take(), third = frames.take();
  CHECK((second->stream == 2 && third->stream == 1));
  frames.done(0);
  CHECK(frames.has_work(0));
  const auto fourth = frames.take();
  CHECK((fourth->stream == 0 && fourth->frame == 3));
  frames.done(0);
  CHECK_FALSE(frames.has_work(0));
  frames.close();
  CHECK_FALSE(frames.take());
}

TEST_CASE(
    "given streams and workers in haste, frames are taken once, in order, never two at once") {
  constexpr std::size_t streams = 5, workers = 4;
  constexpr int count = 2000;
  tools::NewestFrames<int> frames;
  for (std::size_t i = 0; i < streams; ++i) frames.add();
  std::vector<int> last(streams, -1);
  std::vector<std::atomic<int>> inside(streams);
  std::atomic<int> taken{0}, dropped{0}, wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t w = 0; w < workers; ++w) {
    threads.emplace_back([&] {
      while (const auto turn = frames.take()) {
        if (inside[turn->stream]++ > 0 || turn->frame <= last[turn->stream]) ++wrong;
        last[turn->stream] = turn->frame;
        ++taken;
        --inside[turn->stream];
        frames.done(turn->stream);
      }
    });
  }
  std::vector<std::thread> readers;
  for (std::size_t s = 0; s < streams; ++s) {
    readers.emplace_back([&, s] {
      for (int i = 0; i < count; ++i) dropped += frames.put(s, int{i}) ? 0 : 1;
    });
  }
  for (std::thread& reader : readers) reader.join();
  for (std::size_t s = 0; s < streams; ++s) {
    while (frames.has_work(s)) std::this_thread::yield();
  }
  frames.close();
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(taken + dropped == count * static_cast<int>(streams));
  for (const int each : last) CHECK(each == count - 1);
}

TEST_CASE("given a picture that does not change, it counts as frozen after its time") {
  tools::FrozenFrames frozen(2, 0);
  CHECK_FALSE(frozen.update(noisy(3), 0));
  CHECK_FALSE(frozen.update(noisy(3), 1.9));
  CHECK(frozen.update(noisy(3), 2));
  CHECK_FALSE(frozen.update(noisy(4), 2.1));
  Image almost = noisy(4);
  almost.pixels[0] ^= 1;
  CHECK_FALSE(frozen.update(almost, 9));  // the least noise is life
  tools::FrozenFrames tolerant(2, 0.5);
  CHECK_FALSE(tolerant.update(noisy(4), 0));
  CHECK(tolerant.update(almost, 2));
  tools::FrozenFrames never(0, 0);
  CHECK_FALSE(never.update(noisy(3), 0));
  CHECK_FALSE(never.update(noisy(3), 1000));
}

TEST_CASE("given compressed video, key frames alone are decoded on request, with their numbers",
          "[ffmpeg]") {
  if (!has_ffmpeg()) return skip("built without libavformat, or no ffmpeg");
  const TemporaryDir dir;
  const std::string clip = make_clip(dir, test_picture(2));
  const auto all = tools::open_frame_source(clip, {});
  std::vector<Image> pictures;
  while (auto frame = all->next()) pictures.push_back(std::move(frame->image));
  REQUIRE(pictures.size() == 20);
  tools::SourceOptions options;
  options.keyframes_only = true;
  const auto keys = tools::open_frame_source(clip, options);
  std::vector<std::size_t> numbers;
  while (const auto frame = keys->next()) {
    numbers.push_back(frame->number);
    CHECK(frame->seconds == Approx(0.1 * static_cast<double>(frame->number)));
    CHECK(frame->image.pixels == pictures[frame->number].pixels);
  }
  CHECK(numbers == std::vector<std::size_t>{0, 5, 10, 15});
}

TEST_CASE("given compressed video, a still picture counts as frozen, a moving one never",
          "[ffmpeg]") {
  if (!has_ffmpeg()) return skip("built without libavformat, or no ffmpeg");
  const TemporaryDir dir;
  const auto clip = tools::open_frame_source(
      make_clip(dir, test_picture(2, " -vf tpad=stop_mode=clone:stop_duration=2")), {});
  const tools::StreamConfig defaults;
  tools::FrozenFrames frozen(0.5, defaults.frozen_tolerance);
  int moving = 0, still = 0;
  while (const auto frame = clip->next()) {
    const bool is_frozen = frozen.update(frame->image, frame->seconds);
    if (frame->seconds < 2) moving += is_frozen ? 1 : 0;
    if (frame->seconds > 2.55) still += is_frozen ? 0 : 1;
  }
  CHECK(moving == 0);
  CHECK(still == 0);
}

TEST_CASE("given failures, waits double up to a limit, by chance between half and all") {
  tools::Backoff backoff(1, 30, 7);
  std::set<double> seen;
  for (const double whole : {1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0}) {
    const double wait = backoff.next();
    CHECK((wait >= whole / 2 && wait <= whole));
    seen.insert(wait / whole);
  }
  CHECK(seen.size() == 7);
  backoff.reset();
  CHECK(backoff.next() <= 1);
  CHECK(tools::Backoff(1, 30, 8).next() != tools::Backoff(1, 30, 9).next());
}

TEST_CASE("given latencies, percentiles are of the last ones, the longest is of all") {
  tools::Latencies latencies;
  CHECK(latencies.percentile(0.5) == 0);
  latencies.add(5000);
  for (int i = 1; i <= 1024; ++i) latencies.add(i);
  CHECK(latencies.percentile(0.5) == 512);
  CHECK(latencies.percentile(0.99) == 1014);
  CHECK(latencies.percentile(1) == 1024);
  CHECK(latencies.longest() == 5000);
}

TEST_CASE("given a configuration, streams take what is theirs and the rest from all") {
  const TemporaryDir dir;
  write_file(dir / "w.json", std::string(R"({
    "smoothing_window": 20, "smoothing": "exponential", "interval": 0, "hook": "true",
    "alert": {"below": 0.4, "for": 3}, "agc": "plateau", "frozen_after": 1,
    "streams": [{"name": "gate", "source": "rtsp://a:b@cam/1", "alert": {"below": 0.7},
                 "input_options": {"rtsp_transport": "udp"}, "realtime": true,
                 "smoothing_window": 7, "every": 3, "keyframes_only": true},
                {"source": "rtsp://a:b@cam/2"}]})"));
  const auto config = tools::read_watch_config(dir / "w.json", {}, {});
  tools::check_watch_config(config);
  REQUIRE(config.streams.size() == 2);
  CHECK(config.hook == "true");
  const auto& [gate, other] = std::tie(config.streams[0], config.streams[1]);
  CHECK(gate.name == "gate");
  CHECK(gate.alert.below == 0.7);
  CHECK(gate.alert.clear_above == Approx(0.75));
  CHECK(gate.alert.seconds == 3);
  CHECK(gate.reading.input_options == std::vector<std::string>{"rtsp_transport=udp"});
  CHECK(gate.realtime);
  CHECK(gate.smoothing_window == 7);
  CHECK(gate.every == 3);
  CHECK(gate.reading.keyframes_only);
  CHECK(gate.smoothing == Smoothing::exponential);
  CHECK(gate.interval == 0);
  CHECK(other.smoothing_window == 20);
  CHECK(other.name == "rtsp://***@cam/2");
  CHECK(other.alert.below == 0.4);
  CHECK(other.reading.thermal.agc == "plateau");
  CHECK(other.frozen_after == 1);
  CHECK_FALSE(other.realtime);
}

TEST_CASE("given a wrong configuration, the message names the place, what is expected and found") {
  using Catch::Contains;
  CHECK_THAT(message_of("{"), Contains("w.json: expected JSON"));
  CHECK_THAT(message_of("[]"), Contains("w.json: expected an object, found []"));
  CHECK_THAT(message_of("{}"), Contains("expected at least one stream"));
  CHECK_THAT(message_of(R"({"stream": []})"), Contains("unknown setting 'stream'; known are agc"));
  CHECK_THAT(message_of(R"({"streams": {}})"), Contains("w.json: streams: expected an array"));
  CHECK_THAT(message_of(R"({"streams": [{"name": "a"}]})"),
             Contains("w.json: stream 1: expected a source"));
  CHECK_THAT(message_of(R"({"streams": [{"source": "a", "alert": {"below": 2}}]})"),
             Contains("stream 1: alert: below: expected a number from 0 to 1, found 2"));
  CHECK_THAT(message_of(R"({"streams": [{"source": "a", "agc": "bright"}]})"),
             Contains("found 'bright'"));
  CHECK_THAT(message_of(R"({"streams": [{"source": "a"}, {"source": "a"}]})"),
             Contains("found 'a' twice"));
  CHECK_THAT(
      message_of(R"({"alert": {"below": 0.5, "clear_above": 0.4}, "streams": [{"source": "a"}]})"),
      Contains("cannot be over above 0.4"));
  CHECK_THAT(message_of(R"({"interval": "often"})"), Contains("interval: expected a number"));
}

TEST_CASE("given an event, the hook's command reads it, and one that hangs is ended") {
  const TemporaryDir dir;
  {
    tools::Hook hook("cat > '" + dir / "event" + "'");
    CHECK(hook.start("{\"event\":\"alert\"}").empty());
  }
  CHECK(read_text(dir / "event") == "{\"event\":\"alert\"}\n");
  const auto begin = std::chrono::steady_clock::now();
  {
    tools::Hook hook("sleep 100 | sleep 100", 0.2);
    CHECK(hook.start("x").empty());
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  tools::Hook none("");
  CHECK(none.start("x").empty());
  tools::Hook many("sleep 100", 2);
  std::string refused;
  for (int i = 0; i < 20 && refused.empty(); ++i) refused = many.start("x");
  CHECK_THAT(refused, Catch::Contains("too many"));
}
