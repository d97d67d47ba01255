// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <chrono>
#include <fliqe/base/error.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "mqtt/outbox.hpp"
#include "mqtt/stream_messages.hpp"
#include "watch/event_log.hpp"
#include "watch/watcher.hpp"

using namespace fliqe;
using namespace fliqe::tools;
using Catch::Contains;

namespace {

StreamMessages::Time at(double seconds) {
  return StreamMessages::Time(std::chrono::hours(1)) + clock_seconds(seconds);
}

Event event(const std::string& name, const StreamStatus& status) {
  return {name, "gate", {{"timestamp", "T"}, {"event", name}}, "line of " + name, status};
}

/// "topic=payload" of each, states as their condition and quality.
std::string text_of(const MqttMessages& messages) {
  std::string text;
  for (const MqttMessage& message : messages) {
    std::string payload = message.payload;
    if (payload.starts_with("{\"timestamp")) {
      const auto json = nlohmann::json::parse(payload);
      payload = json["condition"].get<std::string>() + " " + json["raw_image_quality"].dump();
    }
    text += (text.empty() ? "" : ", ") + message.topic + (message.is_retained ? "!" : "") + "=" +
            payload;
  }
  return text;
}

MqttMessage plain_event(const std::string& payload) {
  return {"event", payload, false, false};
}

std::vector<std::string> take_all(Outbox& outbox) {
  std::vector<std::string> payloads;
  while (const auto item = outbox.take()) payloads.push_back(item->message.payload);
  return payloads;
}

StreamConfig stream_named(const std::string& name) {
  StreamConfig stream;
  stream.name = name;
  stream.source = "rtsp://me:secret@camera/live";
  return stream;
}

}  // namespace

TEST_CASE("given scores, a state changes once a second, and at once when there is news") {
  StreamMessages messages(MqttTopics("p", ""));
  CHECK(text_of(messages.added(stream_named("gate"), "T", at(0))) ==
        "p/gate/state!=connecting null, p/gate/alert!=OFF");
  StreamStatus status{.condition = StreamCondition::online};
  CHECK(text_of(messages.happened(event("connected", status), at(0.1))) ==
        "p/gate/event/connected=line of connected, p/gate/state!=online null");
  status.raw = status.smoothed = 0.25;
  CHECK(text_of(messages.happened(event("score", status), at(0.2))) ==
        "p/gate/event/score=line of score");
  status.raw = status.smoothed = 0.5;
  CHECK(text_of(messages.happened(event("score", status), at(0.3))) ==
        "p/gate/event/score=line of score");
  CHECK(text_of(messages.due(at(1.05))).empty());
  CHECK(text_of(messages.due(at(1.1))) == "p/gate/state!=online 0.5");
  CHECK(text_of(messages.due(at(9))).empty());
  status.raw = 0.75;
  CHECK(text_of(messages.happened(event("score", status), at(9))) ==
        "p/gate/event/score=line of score, p/gate/state!=online 0.75");
  status.is_alerted = true;
  const MqttMessages alert = messages.happened(event("alert", status), at(9.1));
  CHECK(text_of(alert) ==
        "p/gate/event/alert=line of alert, p/gate/state!=online 0.75, p/gate/alert!=ON");
  CHECK(alert[0].is_alert);
  CHECK(alert[2].is_alert);
  CHECK(text_of(messages.happened(event("failed", status), at(9.2))) ==
        "p/gate/event/failed=line of failed");
  status.raw = 1;
  messages.happened(event("score", status), at(9.3));
  CHECK(text_of(messages.rest()) == "p/gate/state!=online 1.0");
}

TEST_CASE("given a stream that is removed, its topics are cleared unless it comes back") {
  StreamMessages messages(MqttTopics("p", "ha"));
  messages.added(stream_named("gate"), "T", at(0));
  messages.added(stream_named("roof"), "T", at(0));
  messages.removed("gate", at(1));
  messages.removed("nobody", at(1));
  CHECK(text_of(messages.due(at(1.5))).empty());
  messages.added(stream_named("gate"), "T", at(1.5));
  CHECK(text_of(messages.due(at(5))).empty());
  messages.removed("gate", at(6));
  const std::string cleared = "ha/device/p__gate/config!=, p/gate/state!=, p/gate/alert!=";
  CHECK(text_of(messages.due(at(7))) == cleared);
  CHECK(text_of(messages.due(at(9))).empty());
  messages.added(stream_named("gate"), "T", at(9));
  messages.removed("gate", at(9));
  CHECK(text_of(messages.rest()) == cleared);
}

TEST_CASE("given more events than there is room for, the oldest are dropped, alerts last") {
  Outbox outbox(3);
  outbox.put({"event", "alert 1", false, true});
  for (const char* text : {"a", "b", "c", "d"}) outbox.put(plain_event(text));
  outbox.put({"event", "alert 2", false, true});
  CHECK(outbox.dropped() == 3);
  CHECK(take_all(outbox) == std::vector<std::string>{"alert 1", "d", "alert 2"});
  for (int i = 0; i < 5; ++i) outbox.put({"event", std::to_string(i), false, true});
  CHECK(take_all(outbox) == std::vector<std::string>{"2", "3", "4"});
}

TEST_CASE("given topics that are retained, their newest message goes out, again when needed") {
  Outbox outbox;
  outbox.put({"a", "1", true, false});
  outbox.put({"b", "2", true, false});
  outbox.put(plain_event("event"));
  outbox.put({"a", "3", true, false});
  const auto first = outbox.take();
  CHECK(first->message.payload == "3");
  outbox.arrived(first->number);
  CHECK(take_all(outbox) == std::vector<std::string>{"2", "event"});
  CHECK(outbox.under_way() == 2);
  CHECK_FALSE(outbox.is_empty());
  outbox.restart();
  CHECK(outbox.under_way() == 0);
  CHECK(take_all(outbox) == std::vector<std::string>{"3", "2", "event"});
  outbox.repeat();
  CHECK(take_all(outbox) == std::vector<std::string>{"3", "2"});
  CHECK(outbox.published() == 1);
  CHECK(outbox.dropped() == 0);
}

TEST_CASE("given topics that are cleared, they are remembered until the broker knows") {
  Outbox outbox(10, 2);
  outbox.put({"a", "1", true, false});
  outbox.put({"a", "", true, false});
  take_all(outbox);
  outbox.restart();
  const auto cleared = outbox.take();
  CHECK(cleared->message.payload.empty());
  outbox.arrived(cleared->number);
  outbox.restart();
  CHECK(outbox.is_empty());
  for (const char* topic : {"a", "b", "c", "d"}) outbox.put({topic, "", true, false});
  CHECK(outbox.dropped() == 2);
  CHECK(take_all(outbox).size() == 2);
  outbox.put(plain_event("too long"));
  outbox.refused(outbox.take()->number);
  CHECK(outbox.dropped() == 3);
}

TEST_CASE("given streams that come and go, sinks are told before and after all of their events") {
  struct Recorder : EventSink {
    std::string name() const override { return "recorder"; }
    std::string write(const Event& event) override {
      CHECK((event.status || event.name == "own_report"));
      story += event.name + " ";
      if (event.status) story += "(" + std::string(to_string(event.status->condition)) + ") ";
      return {};
    }
    void added(const StreamConfig& stream) override { story += "+" + stream.name + " "; }
    void removed(const std::string& stream) override { story += "-" + stream + " "; }
    std::string story;
  };
  struct Reporter : EventSink {
    std::string name() const override { return "reporter"; }
    std::string write(const Event&) override { return {}; }
    std::optional<SinkReport> attend() override { return SinkReport{"own_report", {{"a", 1}}}; }
  };
  const auto recorder = std::make_shared<Recorder>();
  EventLog log;
  log.add(recorder);
  Surroundings surroundings;
  surroundings.open = [](const std::string&, const SourceOptions&) -> std::unique_ptr<FrameSource> {
    throw Error(ErrorCode::io, "refused");
  };
  {
    WatchConfig config;
    config.first_retry = config.longest_retry = 1000;
    Watcher watcher(
        config,
        [](const ImageView&) {
          return FrameQuality{0.5, {}};
        },
        log, 1, surroundings);
    watcher.add(stream_named("gate"));
    while (watcher.find("gate")->state().condition != StreamCondition::offline) {
      std::this_thread::yield();
    }
    watcher.remove("gate");
    watcher.stop();
  }
  CHECK(recorder->story == "+gate disconnected (offline) summary (offline) -gate ");
  log.add(std::make_shared<Reporter>());
  log.attend();
  CHECK_THAT(recorder->story, Contains("own_report"));
}
