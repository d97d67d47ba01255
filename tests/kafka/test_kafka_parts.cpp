// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/base/error.hpp>
#include <string>

#include "kafka/event_messages.hpp"
#include "kafka/kafka_options.hpp"
#include "kafka/pending_messages.hpp"
#include "support/files.hpp"
#include "watch/event_log.hpp"
#include "watch/watch_config.hpp"

using namespace fliqe;
using namespace fliqe::tools;
using namespace fliqe::test;
using Catch::Contains;

namespace {

Event score_event() {
  Event event = stamped_event("score", "gate",
                              {{"frame", 7},
                               {"raw_image_quality", 0.25},
                               {"smoothed_image_quality", 0.5},
                               {"smoothing_window", 150}});
  event.details["timestamp"] = "2025-12-17T09:49:21.123Z";
  return event;
}

}  // namespace

TEST_CASE("given properties in a file and on the command line, the latter count") {
  const TemporaryDir dir;
  write_file(dir / "kafka.properties",
             "# the cluster at home\n\n security.protocol = ssl \r\nsasl.password=a=b\n");
  KafkaOptions options{
      "one:9092,two:9092", {"security.protocol=sasl_ssl"}, dir / "kafka.properties"};
  const KafkaSettings settings = options.settings();
  CHECK(settings.brokers == "one:9092,two:9092");
  CHECK(settings.properties == std::map<std::string, std::string>{
                                   {"sasl.password", "a=b"}, {"security.protocol", "sasl_ssl"}});
}

TEST_CASE("given a password on the command line, where all see it, it is refused") {
  KafkaOptions options{"one:9092", {"sasl.password=secret"}, ""};
  CHECK_THROWS_WITH(options.settings(),
                    Contains("sasl.password") && Contains("--kafka-config") && !Contains("secret"));
}

TEST_CASE("given a line that is no property, the message names file, line and what is expected") {
  CHECK_THROWS_WITH(parse_properties("a=b\nwhat\n", "kafka.properties"),
                    "kafka.properties:2: expected NAME=VALUE, found 'what'");
  CHECK_THROWS_WITH(parse_properties("=b\n", "kafka.properties"), Contains("kafka.properties:1"));
}

TEST_CASE("given a score, the original's message has its four members in their order, no key") {
  const auto message = original_message("t", score_event());
  REQUIRE(message);
  CHECK(message->value == R"({"timestamp":"2025-12-17T09:49:21.123Z","smoothing_window":150,)"
                          R"("raw_image_quality":0.25,"smoothed_image_quality":0.5})");
  CHECK_FALSE(message->key);
  CHECK(message->headers.empty());
  CHECK_FALSE(original_message("t", stamped_event("alert", "gate", Json::object())));
}

TEST_CASE(
    "given a score, fliqe's message begins with the original's members; its key is the stream") {
  const KafkaMessage message = event_message("t", score_event(), "id");
  CHECK_THAT(*message.value,
             Catch::StartsWith(R"({"timestamp":"2025-12-17T09:49:21.123Z","smoothing_window":150,)"
                               R"("raw_image_quality":0.25,"smoothed_image_quality":0.5,)"
                               R"("stream":"gate","frame":7,"event":"score")"));
  CHECK(message.key == "gate");
  CHECK(message.headers.at("ce_type") == "fliqe.score");
  CHECK(message.headers.at("ce_id") == "id");
  const KafkaMessage other =
      event_message("t", stamped_event("kafka_failed", "", Json::object()), "id");
  CHECK_FALSE(other.key);
}

TEST_CASE("given more messages than there is room for, the oldest scores go first, alerts last") {
  PendingMessages pending(2);
  const auto message = [](const std::string& text) { return KafkaMessage{"t", {}, text}; };
  CHECK(pending.put(message("alert"), true) == 0);
  CHECK(pending.put(message("score 1"), false) == 0);
  CHECK(pending.put(message("score 2"), false) == 1);
  CHECK(pending.put(message("alert 2"), true) == 1);
  CHECK(pending.size() == 2);
  CHECK(pending.front()->value == "alert");
  pending.pop();
  CHECK(pending.front()->value == "alert 2");
  CHECK(pending.put(message("alert 3"), true) == 0);
  CHECK(pending.put(message("alert 4"), true) == 1);
  CHECK(pending.front()->value == "alert 3");
}

TEST_CASE("given a configuration file, each stream's text has what the file says of all") {
  const TemporaryDir dir;
  write_file(dir / "cameras.json",
             R"({"hook": "notify", "interval": 5, "alert": {"below": 0.4, "for": 7},
                 "streams": [{"name": "gate", "source": "rtsp://a/1"},
                             {"source": "rtsp://me:secret@b/2", "alert": {"below": 0.2}}]})");
  const auto texts = read_stream_texts(dir / "cameras.json");
  REQUIRE(texts.size() == 2);
  CHECK(texts[0].first == "gate");
  const StreamConfig gate = parse_stream(texts[0].second, "gate", {});
  CHECK(gate.interval == 5);
  CHECK(gate.alert.below == 0.4);
  CHECK(texts[1].first.find("secret") == std::string::npos);
  const StreamConfig second = parse_stream(texts[1].second, "second", {});
  CHECK(second.source == "rtsp://me:secret@b/2");
  CHECK(second.alert.below == 0.2);
  CHECK(second.alert.seconds == 7);
}
