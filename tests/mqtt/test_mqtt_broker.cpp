// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "mqtt/broker.hpp"
#include "mqtt/mqtt_sink.hpp"
#include "support/skip.hpp"
#include "watch/event_log.hpp"
#include "watch/events.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;
using Catch::Contains;
using nlohmann::json;

namespace {

/// What the other sinks get.
class Recorder : public EventSink {
 public:
  std::string name() const override { return "recorder"; }
  std::string write(const Event& event) override {
    lines_ += event.line + "\n";
    return {};
  }
  Events events() const { return read_events(lines_); }

 private:
  std::string lines_;
};

MqttSettings settings_of(const MqttOptions& options) {
  MqttSettings settings = options.settings();
  settings.first_retry = settings.longest_retry = 0.05;
  return settings;
}

/// A log whose events go to a broker.
class Feed {
 public:
  explicit Feed(const MqttOptions& options)
      : sink(std::make_shared<MqttSink>(settings_of(options), true)) {
    log.add(recorder);
    log.add(sink);
  }

  void add(const std::string& stream) {
    StreamConfig config;
    config.name = stream;
    log.added(config);
  }

  void write(const std::string& event, const std::string& stream, const StreamStatus& status) {
    log.write(event, stream, {{"n", ++number_}}, status);
  }

  /// Until the other sinks have got so many events of a name.
  bool waits_for_event(const std::string& name, std::size_t count = 1) {
    return wait_until([&] {
      log.attend();
      return only(recorder->events(), name).size() >= count;
    });
  }

  bool waits_for(const Subscriber& subscriber, const std::string& topic,
                 const std::string& payload) {
    return wait_until([&] {
      log.attend();
      return subscriber.last(topic) == payload;
    });
  }

  std::shared_ptr<Recorder> recorder = std::make_shared<Recorder>();
  std::shared_ptr<MqttSink> sink;
  EventLog log;

 private:
  int number_ = 0;
};

constexpr StreamCondition online = StreamCondition::online;

}  // namespace

TEST_CASE("given streams, the broker keeps their states and alerts, events pass by",
          "[mosquitto]") {
  if (!has_broker()) return skip(no_broker);
  const Broker broker;
  const Subscriber all(broker);
  {
    Feed feed({.url = broker.url()});
    feed.add("gate");
    CHECK(all.waits_for("test/gate/state", "condition", "connecting"));
    feed.write("connected", "gate", {.condition = online});
    feed.write("alert", "gate",
               {.condition = online, .raw = 0.25, .smoothed = 0.125, .is_alerted = true});
    CHECK(all.waits_for("test/gate/state", "condition", "online"));
    CHECK(all.waits_for("test/gate/alert", "ON"));
    CHECK(all.waits_for("test/gate/event/alert", "n", 2));
    const auto kept = retained(broker);
    const auto state = json::parse(kept.at("test/gate/state"));
    CHECK(state["stream"] == "gate");
    CHECK(state["raw_image_quality"] == 0.25);
    CHECK(state["smoothed_image_quality"] == 0.125);
    CHECK(state["alert"] == true);
    CHECK(state["reason"].is_null());
    CHECK(state["timestamp"].get<std::string>().ends_with("Z"));
    CHECK(kept.at("test/gate/alert") == "ON");
    CHECK(kept.at("test/status") == "online");
    const auto device = json::parse(kept.at("homeassistant/device/test__gate/config"));
    CHECK(device["components"]["alert"]["state_topic"] == "test/gate/alert");
    CHECK(kept.size() == 4);
    for (const Received& each : all.messages()) {
      if (!each.topic.starts_with("test/")) continue;
      const bool is_plain_event = each.topic == "test/gate/event/connected";
      CHECK(each.quality == (is_plain_event ? 0 : 1));
    }
    CHECK(feed.waits_for_event("mqtt_connected"));
    // The last states and alerts, two events and a device; older ones may have been replaced.
    CHECK(wait_until([&] { return feed.sink->figures().published >= 6; }));
  }
  CHECK(all.waits_for("test/status", "offline"));
  const auto kept = retained(broker);
  CHECK(kept.at("test/status") == "offline");
  CHECK(kept.at("test/gate/alert") == "ON");
}

TEST_CASE("given hostile names, each stream has topics of its own, and none after its removal",
          "[mosquitto]") {
  if (!has_broker()) return skip(no_broker);
  const Broker broker;
  const std::vector<std::string> names = {"a/b",  "a+b",     "#",     "+/+",     "$SYS",
                                          "a b",  "\"'\\",   "a%2Fb", "a\n\x01", "K\xc3\xb6ln",
                                          "../x", "{{ 1 }}", "_2F"};
  const Subscriber all(broker);
  Feed feed({.url = broker.url()});
  for (const std::string& name : names) feed.add(name);
  feed.add("last");
  REQUIRE(all.waits_for("test/last/alert", "OFF"));
  std::set<std::string> found;
  std::size_t devices = 0;
  for (const auto& [topic, payload] : retained(broker)) {
    if (topic.ends_with("/state")) found.insert(json::parse(payload)["stream"]);
    devices += topic.starts_with("homeassistant/device/test__") ? 1 : 0;
  }
  CHECK(found.size() == names.size() + 1);
  for (const std::string& name : names) CHECK(found.contains(name));
  CHECK(devices == names.size() + 1);
  for (const std::string& name : names) feed.log.removed(name);
  feed.log.removed("last");
  CHECK(feed.waits_for(all, "test/last/alert", ""));
  CHECK(wait_until([&] { return retained(broker).size() == 1; }));
  CHECK(retained(broker).at("test/status") == "online");
}

TEST_CASE("given a name longer than a topic may be, the other messages arrive", "[mosquitto]") {
  if (!has_broker()) return skip(no_broker);
  const Broker broker;
  const Subscriber all(broker);
  Feed feed({.url = broker.url()});
  feed.add(std::string(70000, 'x'));
  feed.add("gate");
  CHECK(all.waits_for("test/gate/state", "condition", "connecting"));
  CHECK(wait_until([&] { return feed.sink->figures().dropped == 3; }));
}

TEST_CASE("given Home Assistant's birth, its devices are told once more", "[mosquitto]") {
  if (!has_broker()) return skip(no_broker);
  const Broker broker;
  const Subscriber all(broker);
  Feed feed({.url = broker.url(), .discovery = "ha"});
  feed.add("gate");
  CHECK(all.waits_for("test/gate/alert", "OFF"));
  const auto publish = [&](const std::string& payload) {
    run("mosquitto_pub -h 127.0.0.1 -p " + std::to_string(broker.port()) + " -t ha/status -m " +
        payload);
  };
  publish("offline");
  publish("online");
  CHECK(wait_until([&] { return all.of("ha/device/test__gate/config").size() == 2; }));
  Feed without({.url = broker.url() + "2", .discovery = ""});
  without.add("roof");
  CHECK(all.waits_for("test2/roof/alert", "OFF"));
  CHECK(all.of("homeassistant/device/test2__roof/config").empty());
}

TEST_CASE("given a broker that is away for a while, it gets the newest state and the alerts",
          "[mosquitto]") {
  if (!has_broker()) return skip(no_broker);
  Broker broker;
  Feed feed({.url = broker.url()});
  feed.add("gate");
  feed.write("connected", "gate", {.condition = online});
  REQUIRE(feed.waits_for_event("mqtt_connected"));
  broker.stop();
  REQUIRE(feed.waits_for_event("mqtt_failed"));
  CHECK(feed.sink->figures().is_connected == false);
  CHECK(only(feed.recorder->events(), "mqtt_failed")[0]["reason"] != "");
  feed.write("alert", "gate",
             {.condition = online, .raw = 0.1, .smoothed = 0.1, .is_alerted = true});
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 1500; ++i)
    feed.write("failed", "gate", {.condition = online, .is_alerted = true});
  feed.write("stale", "gate", {.condition = StreamCondition::stale, .is_alerted = true});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(slowed ? 60 : 5));
  CHECK(feed.sink->figures().dropped >= 502);
  REQUIRE(broker.start());
  const Subscriber all(broker);
  CHECK(all.waits_for("test/gate/state", "condition", "stale"));
  CHECK(feed.waits_for_event("mqtt_connected", 2));
  CHECK(only(feed.recorder->events(), "mqtt_failed").size() == 1);
  CHECK(only(feed.recorder->events(), "mqtt_connected")[1]["dropped"] >= 502);
  CHECK(wait_until([&] { return retained(broker).size() == 4; }));
  const auto kept = retained(broker);
  CHECK(kept.at("test/gate/alert") == "ON");
  CHECK(kept.at("test/status") == "online");
}

TEST_CASE("given a broker that asks for a password, only who knows it is let in", "[mosquitto]") {
  if (!has_broker() || !has_program("mosquitto_passwd")) return skip(no_broker);
  const TemporaryDir dir;
  REQUIRE(run("mosquitto_passwd -b -c '" + dir / "users" + "' me secret").exit_code == 0);
  const Broker broker("allow_anonymous false\npassword_file " + dir / "users" + "\n");
  Feed wrong({.url = broker.url("me:wrong@")});
  REQUIRE(wrong.waits_for_event("mqtt_failed"));
  CHECK_THAT(only(wrong.recorder->events(), "mqtt_failed")[0]["reason"].get<std::string>(),
             Contains("not authorised"));
  write_file(dir / "password", "secret\n");
  Feed right({.url = broker.url("me@"), .password_file = dir / "password"});
  right.add("gate");
  REQUIRE(right.waits_for_event("mqtt_connected"));
  CHECK(json(right.recorder->events()).dump().find("secret") == std::string::npos);
  CHECK(right.waits_for(Subscriber(broker, "-u me -P secret -t test/gate/alert"), "test/gate/alert",
                        "OFF"));
}

TEST_CASE("given TLS, broker and client show each other certificates", "[mosquitto]") {
  if (!has_broker() || !has_program("openssl"))
    return skip("no openssl, or " + std::string(no_broker));
  const TemporaryDir dir;
  const std::string make =
      "cd '" + dir.path().string() +
      "' && "
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key "
      "-out ca.pem -days 2 -subj /CN=ca "
      "&& "
      "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out "
      "request -subj /CN=localhost && "
      "echo subjectAltName=IP:127.0.0.1 > names && "
      "openssl x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
      "-extfile names -out cert.pem && "
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout other.key "
      "-out other.pem -days 2 "
      "-subj /CN=other";
  REQUIRE(run(make).exit_code == 0);
  const Broker broker("allow_anonymous true\ncafile " + dir / "ca.pem" + "\ncertfile " +
                      dir / "cert.pem" + "\nkeyfile " + dir / "key.pem" +
                      "\nrequire_certificate true\n");
  const std::string url = broker.url("", "mqtts");
  const auto reason = [](Feed& feed) {
    REQUIRE(feed.waits_for_event("mqtt_failed"));
    return only(feed.recorder->events(), "mqtt_failed")[0]["reason"].get<std::string>();
  };
  const std::string cert = dir / "cert.pem", key = dir / "key.pem";
  Feed stranger({.url = url, .ca = dir / "other.pem", .certificate = cert, .key = key});
  CHECK_THAT(reason(stranger), Contains("certificate verify failed"));
  Feed system({.url = url, .certificate = cert, .key = key});
  CHECK_THAT(reason(system), Contains("certificate verify failed"));
  Feed unknown({.url = url, .ca = dir / "ca.pem"});
  CHECK_FALSE(reason(unknown).empty());
  Feed known({.url = url, .ca = dir / "ca.pem", .certificate = cert, .key = key});
  known.add("gate");
  REQUIRE(known.waits_for_event("mqtt_connected"));
  CHECK(wait_until([&] { return known.sink->figures().published == 3; }));
}
