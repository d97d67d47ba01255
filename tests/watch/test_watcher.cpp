// SPDX-License-Identifier: MIT
#include <algorithm>
#include <catch2/catch.hpp>
#include <fliqe/quality/fliqe.hpp>
#include <string>
#include <thread>
#include <vector>

#include "watch/scene.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

const std::string camera = "rtsp://camera/live";

/// Of each event that has it.
std::vector<double> values(const Events& events, const std::string& key) {
  std::vector<double> found;
  for (const auto& event : events) {
    if (event.contains(key)) found.push_back(event[key]);
  }
  return found;
}

}  // namespace

TEST_CASE("given files at their own speed, each has its scores, its end and its summary") {
  Scene scene({{"fast.mp4", {{repeated(16, {.wait = 0.125})}}},
               {"slow.mp4", {{repeated(4, {.wait = 0.5, .quality = 40})}}}});
  for (auto& stream : scene.config.streams) {
    stream.realtime = true;
    stream.interval = 0.5;
  }
  const Events events = scene.watch(100);
  for (const char* name : {"fast.mp4", "slow.mp4"}) {
    CHECK(story(events, name) == "connected, 4 score, ended, summary");
  }
  CHECK(values(only(events, "score", "fast.mp4"), "frame") == std::vector<double>{0, 4, 8, 12});
  CHECK(values(only(events, "score", "slow.mp4"), "seconds") ==
        std::vector<double>{0.5, 1, 1.5, 2});
  const auto summary = only(events, "summary", "fast.mp4").at(0);
  CHECK(summary["seconds"] == 2.125);
  CHECK(summary["received"] == 16);
  CHECK(summary["scored"] == 16);
  CHECK(summary["dropped"] == 0);
  CHECK(summary["mean_image_quality"] == 0.8);
  CHECK(summary["latency_ms"]["max"] == 0);
  CHECK(only(events, "summary", "slow.mp4").at(0)["mean_image_quality"] == 0.4);
}

TEST_CASE("given two cameras and one model, each has a smoothing window of its own") {
  const FLIQE<AnyBackbone, AnyPrecision> model(default_weights(), {.threads = 1});
  Scene scene({{"rtsp://a", {{{{.quality = 0}, {.quality = 100}, {.quality = 200}}}}},
               {"rtsp://b", {{{{.quality = 250}, {.quality = 10}, {.quality = 90}}}}}});
  for (auto& stream : scene.config.streams) stream.smoothing_window = 2;
  scene.score = tools::stream_scorer(model);
  const Events events = scene.watch(1);
  for (const char* name : {"rtsp://a", "rtsp://b"}) {
    const Events scores = only(events, "score", name);
    const auto raw = values(scores, "raw_image_quality");
    const auto smoothed = values(scores, "smoothed_image_quality");
    REQUIRE(scores.size() == 3);
    CHECK(smoothed[0] == Approx(raw[0]).margin(1e-8));
    CHECK(smoothed[1] == Approx((raw[0] + raw[1]) / 2).margin(1e-8));
    CHECK(smoothed[2] == Approx((raw[1] + raw[2]) / 2).margin(1e-8));
    CHECK(scores[0]["smoothing_window"] == 2);
  }
}

TEST_CASE("given a worker that needs long, the newest frames are scored and the rest counted") {
  Scene scene({{camera, {{repeated(9)}}}});
  scene.scoring_seconds = 1.0625;
  const Events events = scene.watch(6);
  const Events scores = only(events, "score");
  CHECK(values(scores, "frame") == std::vector<double>{0, 4, 8});
  CHECK(values(scores, "dropped") == std::vector<double>{3, 6, 6});
  CHECK(values(scores, "received") == std::vector<double>{5, 9, 9});
  CHECK(values(scores, "latency_ms") == std::vector<double>{1062.5, 1125, 1187.5});
  const auto summary = only(events, "summary").at(0);
  CHECK(summary["received"] == 9);
  CHECK(summary["scored"] == 3);
  CHECK(summary["dropped"] == 6);
  CHECK(summary["latency_ms"]["p50"] == 1125);
  CHECK(summary["latency_ms"]["max"] == 1187.5);
}

TEST_CASE("given a camera of which every third frame is wanted, the others are left out") {
  Scene scene({{camera, {{repeated(9)}}}});
  scene.config.streams[0].every = 3;
  const Events events = scene.watch(2.25);
  CHECK(values(only(events, "score"), "frame") == std::vector<double>{0, 3, 6});
  CHECK(only(events, "summary").at(0)["received"] == 3);
}

TEST_CASE("given a camera that stalls, it is stale after its limit, fresh with its next frame") {
  const Shots shots = repeated(4) + Shots{{.wait = 3}} + repeated(2);
  Scene scene({{camera, {{shots}}}, {"rtsp://patient", {{shots}}}, {"rtsp://any", {{shots}}}});
  for (auto& stream : scene.config.streams) {
    stream.stale_after = stream.name == camera ? 1 : stream.name == "rtsp://any" ? 0 : 3.5;
  }
  const Events events = scene.watch(4.5);
  CHECK(story(events, camera) == "connected, 4 score, stale, fresh, 3 score, summary");
  CHECK(only(events, "stale").at(0)["seconds"] == 1);
  CHECK(only(events, "fresh").at(0)["silent_s"] == 3);
  CHECK(story(events, "rtsp://patient") == "connected, 7 score, summary");
  CHECK(story(events, "rtsp://any") == "connected, 7 score, summary");
}

TEST_CASE("given a stale camera that breaks off, it is no longer stale when it is back") {
  Scene scene({{camera, {{repeated(2), "timed out", 4}, {repeated(2), "", 100}}}});
  scene.config.streams[0].stale_after = 1;
  const Events events = scene.watch(6);
  CHECK(story(events, camera) ==
        "connected, 2 score, stale, disconnected, connected, 2 score, summary");
}

TEST_CASE("given a camera that breaks off, attempts back off until it is there again") {
  Scene scene({{camera,
                {{repeated(4), "reset by peer"},
                 {{}, "refused"},
                 {{}, "refused again"},
                 {repeated(4)},
                 {repeated(4)}}}});
  const Events events = scene.watch(20);
  CHECK(story(events, camera) ==
        "connected, 4 score, 3 disconnected, connected, 4 score, disconnected, connected, "
        "4 score, disconnected, summary");
  const Events lost = only(events, "disconnected"), connected = only(events, "connected");
  CHECK(lost[0]["reason"] == "reset by peer");
  CHECK(lost[1]["reason"] == "refused");
  CHECK(lost[2]["reason"] == "refused again");
  CHECK(lost[3]["reason"] == camera + ": the stream ended");
  const std::vector<double> waits = values(lost, "retry_s");
  const std::vector<double> whole = {1, 2, 4, 1, 1};
  for (std::size_t i = 0; i < waits.size(); ++i) {
    CHECK((waits[i] >= whole[i] / 2 && waits[i] <= whole[i]));
  }
  CHECK_FALSE(connected[0].contains("down_s"));
  const double first = waits[0] + waits[1] + waits[2] + 0.25, second = waits[3] + 0.25;
  CHECK(connected[1]["down_s"] == Approx(first).margin(1e-6));
  CHECK(connected[2]["down_s"] == Approx(second).margin(1e-6));
  const auto summary = only(events, "summary").at(0);
  CHECK(summary["disconnects"] == 3);
  CHECK(summary["down_s"] == Approx(first + second).margin(1e-6));
  CHECK(summary["received"] == 12);
}

TEST_CASE("given a camera that is never there, waits grow up to their limit") {
  Scene scene({{camera, Script(8, Connection{{}, "refused"})}});
  scene.config.longest_retry = 3;
  const Events events = scene.watch(30);
  const std::vector<double> waits = values(only(events, "disconnected"), "retry_s");
  REQUIRE(waits.size() == 8);
  for (std::size_t i = 2; i < waits.size(); ++i) CHECK((waits[i] >= 1.5 && waits[i] <= 3));
  CHECK(story(events, camera) == "8 disconnected, summary");
  CHECK(only(events, "summary").at(0)["disconnects"] == 0);
}

TEST_CASE("given an address with a password, no event shows it") {
  const std::string address = "rtsp://me:secret@camera/live";
  Scene scene({{address, {{repeated(2)}}}});
  scene.config.streams[0].name = tools::default_stream_name(address);
  const Events events = scene.watch(1);
  CHECK(only(events, "connected").at(0)["source"] == "rtsp://***@camera/live");
  CHECK(nlohmann::json(events).dump().find("secret") == std::string::npos);
}

TEST_CASE("given a camera that shows one picture for long, its frames are not scored") {
  Scene scene({{camera, {{repeated(4) + repeated(8, {.is_still = true}) + repeated(2)}}}});
  scene.config.streams[0].frozen_after = 1;
  const Events events = scene.watch(3.5);
  CHECK(story(events, camera) == "connected, 7 score, frozen, moving, 2 score, summary");
  CHECK(only(events, "frozen").at(0)["frame"] == 7);
  CHECK(only(events, "moving").at(0)["frame"] == 12);
  const auto summary = only(events, "summary").at(0);
  CHECK(summary["received"] == 14);
  CHECK(summary["scored"] == 9);
  CHECK(summary["frozen"] == 5);
}

TEST_CASE("given qualities over time, an alert is raised and cleared once, and the hook reads it") {
  const Shots bad = repeated(5, {.quality = 40}), between = repeated(8, {.quality = 55});
  const Shots good = repeated(5, {.quality = 70}), one_good = repeated(1);
  const Shots short_bad = repeated(4, {.quality = 40}), short_good = repeated(4, {.quality = 70});
  Scene scene({{camera, {{short_bad + one_good + bad + between + short_good + between + good}}}});
  scene.config.streams[0].alert = {.below = 0.5, .clear_above = 0.6, .seconds = 1};
  scene.config.hook = "cat >> '" + scene.dir / "hook" + "'";
  const Events events = scene.watch(10);
  CHECK(story(events, camera) ==
        "connected, 10 score, alert, 25 score, clear, disconnected, summary");
  const Events raised = only(events, "alert"), cleared = only(events, "clear");
  CHECK(raised.at(0)["smoothed_image_quality"] == 0.4);
  CHECK(raised.at(0)["below"] == 0.5);
  CHECK(raised.at(0)["for_s"] == 1);
  CHECK(cleared.at(0)["above"] == 0.6);
  CHECK(only(events, "summary").at(0)["alerts"] == 1);
  // Hooks run beside each other.
  const Events seen = read_events(read_text(scene.dir / "hook"));
  const Events told = {raised[0], cleared[0]};
  CHECK(std::is_permutation(seen.begin(), seen.end(), told.begin(), told.end()));
}

TEST_CASE("given causes of bad frames, scores and the alert name them") {
  Scene scene({{camera, {{repeated(1) + repeated(6, {.quality = 40})}}}});
  scene.config.streams[0].alert = {.below = 0.5, .clear_above = 0.6, .seconds = 1};
  const auto quality = scene.score;
  scene.score = [&](const ImageView& image) {
    auto found = quality(image);
    if (found) found->causes = {{found->quality < 0.5 ? "LensBlur" : "Ghosting", 1.0}};
    return found;
  };
  const Events events = scene.watch(4);
  CHECK(only(events, "score").at(0)["causes"][0]["fault"] == "Ghosting");
  CHECK(only(events, "score").at(1)["causes"][0]["fault"] == "LensBlur");
  const auto causes = only(events, "alert").at(0)["causes"];
  CHECK(causes[0]["fault"] == "LensBlur");
  CHECK(causes[0]["probability"] > 0.9);
}

TEST_CASE("given bad frames before and after an outage, their times do not add up to an alert") {
  const Shots bad = repeated(4, {.quality = 40});
  Scene scene({{camera, {{bad, "reset"}, {bad, "reset"}, {bad + bad}}}});
  scene.config.streams[0].alert.seconds = 0.9;
  const Events events = scene.watch(7.5);
  CHECK(only(events, "disconnected").size() == 3);
  CHECK(only(events, "alert").size() == 1);
  CHECK(only(events, "summary").at(0)["received"] == 16);
  CHECK(story(events, camera) ==
        "connected, 4 score, disconnected, connected, 4 score, disconnected, connected, 5 score, "
        "alert, 3 score, disconnected, summary");
}

TEST_CASE("given a frame that cannot be scored, an event says so and the next one is scored") {
  Scene scene({{camera, {{Shots{{}, {.quality = unscorable}, {}}}}}});
  const Events events = scene.watch(0.75);
  CHECK(story(events, camera) == "connected, score, failed, score, summary");
  CHECK(only(events, "failed").at(0)["frame"] == 1);
  CHECK(only(events, "failed").at(0)["reason"] == "no score");
}

TEST_CASE("given files that are missing or break off, they end with an error, the others go on") {
  Scene scene({{"missing.mp4", {{{}, "no such file"}}},
               {"cut.mp4", {{repeated(2), "corrupt"}}},
               {"whole.mp4", {{repeated(2)}}},
               {camera, {{repeated(20)}}}});
  for (auto& stream : scene.config.streams) stream.realtime = true;
  const Events events = scene.watch(4);
  CHECK(story(events, "missing.mp4") == "ended, summary");
  CHECK(only(events, "ended", "missing.mp4").at(0)["error"] == "no such file");
  CHECK(story(events, "cut.mp4") == "connected, 2 score, ended, summary");
  CHECK(only(events, "ended", "cut.mp4").at(0)["error"] == "corrupt");
  CHECK_FALSE(only(events, "ended", "whole.mp4").at(0).contains("error"));
  CHECK(story(events, camera) == "connected, 16 score, summary");
}

TEST_CASE("given a request to end, frames of a file whose time has not come are not received") {
  Scene scene({{"clip.mp4", {{Shots{{}, {.wait = 100}}}}}});
  scene.config.streams[0].realtime = true;
  const Events events = scene.watch(2);
  CHECK(story(events, "clip.mp4") == "connected, score, summary");
  CHECK(only(events, "summary").at(0)["received"] == 1);
}

TEST_CASE("given events that cannot be written, whoever attends to the watcher learns it") {
  Scene scene({{camera, {{repeated(2, {.wait = 0})}}}});
  tools::EventLog log;
  log.add(std::make_shared<tools::JsonLinesSink>("/dev/full"));
  tools::Watcher watcher(scene.config, scene.score, log, 1, scene.surroundings());
  const auto attend_for_ever = [&] {
    while (watcher.attend()) std::this_thread::yield();
  };
  CHECK_THROWS_WITH(attend_for_ever(), Catch::Contains("cannot write"));
}

TEST_CASE("given a watcher at work, streams come and go, each with its events and its summary") {
  Scene scene({{"rtsp://first", {{repeated(8)}}}, {"rtsp://second", {{repeated(8)}}}});
  const tools::StreamConfig second = scene.config.streams[1];
  scene.config.streams.pop_back();
  const Events events =
      scene.watch(2, {{0.5,
                       [&](tools::Watcher& watcher) {
                         watcher.add(second);
                         CHECK_THROWS_WITH(watcher.add(second), Catch::Contains("already"));
                       }},
                      {1.0, [&](tools::Watcher& watcher) {
                         CHECK(watcher.remove("rtsp://first"));
                         CHECK_FALSE(watcher.remove("rtsp://first"));
                         REQUIRE(watcher.streams().size() == 1);
                         const auto state = watcher.find(second.name)->state();
                         CHECK(state.condition == tools::StreamCondition::online);
                         CHECK(state.raw == 0.8);
                         CHECK(watcher.find("rtsp://first") == nullptr);
                       }}});
  CHECK(story(events, "rtsp://first") == "connected, 4 score, summary");
  CHECK(story(events, "rtsp://second") == "connected, 6 score, summary");
}

TEST_CASE("given a camera in trouble, its condition says since when and why") {
  Scene scene({{camera, {{repeated(2), "reset"}, {repeated(2) + Shots{{.wait = 9}}}}}});
  scene.config.streams[0].stale_after = 1;
  const auto state = [](tools::Watcher& watcher) { return watcher.streams()[0]->state(); };
  scene.watch(5, {{0.5,
                   [&](tools::Watcher& watcher) {
                     CHECK(state(watcher).condition == tools::StreamCondition::online);
                     CHECK(state(watcher).video.codec == "script");
                     CHECK(watcher.streams()[0]->last_frame()->quality == 0.8);
                   }},
                  {0.75,
                   [&](tools::Watcher& watcher) {
                     CHECK(state(watcher).condition == tools::StreamCondition::offline);
                     CHECK(state(watcher).reason == "reset");
                   }},
                  {4.5, [&](tools::Watcher& watcher) {
                     CHECK(state(watcher).condition == tools::StreamCondition::stale);
                     CHECK(state(watcher).seconds > 0.5);
                     CHECK(state(watcher).reason.empty());
                   }}});
}
