// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/base/error.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "mqtt/discovery.hpp"
#include "mqtt/mqtt_options.hpp"
#include "support/files.hpp"
#include "support/program.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;
using Catch::Contains;

namespace {

std::vector<std::string> hostile_names() {
  std::istringstream lines(R"(gate
Gate
a/b
a+b
a#b
#
+
$SYS/x
a b
a%20b
a_b
a_20b
a__b
a
_
__
"'\
{{ 1 }}
K_C3
../
status
event
rtsp://a/b?c=d
a-b
~
gate/state)");
  std::vector<std::string> names = {"K\xc3\xb6ln", "\xff", "\x01\n", "\xf0\x9f\x93\xb7"};
  for (std::string line; std::getline(lines, line);) names.push_back(line);
  return names;
}

StreamConfig stream_named(const std::string& name) {
  StreamConfig stream;
  stream.name = name;
  stream.source = "rtsp://me:secret@camera/live";
  return stream;
}

}  // namespace

TEST_CASE("given addresses of brokers, their parts are read") {
  const BrokerAddress plain = parse_broker_address("mqtt://broker");
  CHECK_FALSE(plain.has_tls);
  CHECK(plain.host == "broker");
  CHECK(plain.port == 1883);
  CHECK(plain.user.empty());
  CHECK(plain.prefix == "fliqe");
  const BrokerAddress full =
      parse_broker_address("mqtts://me%40home:p%3aw%2F%25@10.0.0.7:1234/house/cameras%20a");
  CHECK(full.has_tls);
  CHECK(full.host == "10.0.0.7");
  CHECK(full.port == 1234);
  CHECK(full.user == "me@home");
  CHECK(full.password == "p:w/%");
  CHECK(full.prefix == "house/cameras a");
  CHECK(full.name() == "mqtts://10.0.0.7:1234");
  CHECK(parse_broker_address("mqtts://a:b@[::1]/").port == 8883);
  CHECK(parse_broker_address("mqtt://[fe80::1]:99").name() == "mqtt://[fe80::1]:99");
  CHECK(parse_broker_address("mqtt://token@broker").user == "token");
}

TEST_CASE("given malformed addresses, the error says what is wrong and shows no password") {
  const auto message = [](const std::string& url) {
    try {
      parse_broker_address(url);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::invalid_argument);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(message("http://broker") ==
        "--mqtt: expected mqtt://[user[:password]@]host[:port][/prefix] or mqtts://..., found "
        "'http://broker': it begins with neither mqtt:// nor mqtts://");
  CHECK_THAT(message(""), Contains("neither"));
  CHECK_THAT(message("mqtt://"), Contains("host is missing"));
  CHECK_THAT(message("mqtt://:1883"), Contains("host is missing"));
  CHECK_THAT(message("mqtt://[::1"), Contains("closing bracket"));
  for (const char* port : {"0", "65536", "x", "", "-1", "99999999999", "1 "}) {
    CHECK_THAT(message("mqtt://broker:" + std::string(port)), Contains("number from 1 to 65535"));
  }
  CHECK_THAT(message("mqtt://@broker"), Contains("user is empty"));
  CHECK_THAT(message("mqtt://broker/a%2"), Contains("two hexadecimal digits"));
  CHECK_THAT(message("mqtt://broker/a?b"), Contains("%3F"));
  CHECK_THAT(message("mqtt://broker/a%23"), Contains("--mqtt: prefix: expected levels"));
  for (const char* prefix : {"a//b", "a/", "+", "%24SYS", "%FF", "a%0A"}) {
    CHECK_THAT(message("mqtt://broker/" + std::string(prefix)), Contains("expected levels"));
  }
  for (const char* url : {"me:secret@broker", "http://me:secret@broker", "mqtt://me:se/secret@b",
                          "mqtt://me:secret%@b", "mqtt://me:secret@b:x", "mqtt://me:secret@b/+",
                          "mqtt://me:secret@", "mqtt://me:a?secret@b"}) {
    CHECK_THAT(message(url), Contains("expected") && !Contains("secret"));
  }
}

TEST_CASE("given options that do not fit together, the program says so before it begins") {
  const TemporaryDir dir;
  write_file(dir / "password", "secret\n");
  write_file(dir / "empty", "\nsecret\n");
  const auto error = [](MqttOptions options) {
    if (!options.url) options.url = "mqtts://me@broker";
    try {
      options.settings();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  MqttOptions good{.url = "mqtt://me@broker", .password_file = dir / "password"};
  CHECK(good.settings().broker.password == "secret");
  CHECK_THAT(error({.url = "mqtt://broker", .password_file = dir / "password"}),
             Contains("expected a user"));
  CHECK_THAT(error({.url = "mqtt://me:x@broker", .password_file = dir / "password"}),
             Contains("has a password already"));
  CHECK_THAT(error({.password_file = dir / "empty"}), Contains("expected a password in the first"));
  CHECK_THAT(error({.password_file = dir / "none"}), Contains("none: "));
  CHECK_THAT(error({.certificate = dir / "password"}), Contains("both --mqtt-cert and --mqtt-key"));
  CHECK_THAT(error({.ca = dir / "none"}), Contains("none: "));
  CHECK_THAT(error({.url = "mqtt://broker", .ca = dir / "password"}),
             Contains("expected --mqtt mqtts://"));
  CHECK_THAT(error({.discovery = "home+"}), Contains("--mqtt-discovery: expected levels"));
  for (const char* command : {"watch x.seq", "serve"}) {
    const Finished finished =
        test::fliqe(command + std::string(" --mqtt mqtt://me:secret@broker:x"));
    if (finished.errors.find("Subcommand") != std::string::npos) continue;  // no `serve`
    CHECK(finished.exit_code == 2);
    CHECK_THAT(finished.errors, Contains("--mqtt: expected mqtt://") && !Contains("secret"));
    CHECK(test::fliqe(command + std::string(" --mqtt ''")).exit_code == 2);
    CHECK_THAT(test::fliqe(command + std::string(" --mqtt-ca x")).errors,
               Contains("--mqtt-ca requires --mqtt"));
  }
}

TEST_CASE("given any names, each has topics and an id of its own that are safe") {
  std::set<std::string> topics, ids;
  const std::regex level("[A-Za-z0-9._~%-]+"), id("[A-Za-z0-9_-]+");
  for (const std::string& name : hostile_names()) {
    CHECK(std::regex_match(topic_level(name), level));
    CHECK(topics.insert(topic_level(name)).second);
    for (const char* prefix : {"fliqe", "fliqe/a", "fliqe__a", "fliqe_"}) {
      const std::string found = MqttTopics(prefix, "homeassistant").device_id(name);
      INFO(prefix << " " << name << " " << found);
      CHECK(std::regex_match(found, id));
      CHECK(ids.insert(found).second);
    }
  }
  const MqttTopics home("home/fliqe", "ha");
  CHECK(home.status() == "home/fliqe/status");
  CHECK(home.state("Gate 1/a") == "home/fliqe/Gate%201%2Fa/state");
  CHECK(home.event("gate", "score") == "home/fliqe/gate/event/score");
  CHECK(home.device("Gate 1") == "ha/device/home_2Ffliqe__Gate_201/config");
}

// Fields and rules as in home-assistant/core, components/mqtt (schemas.py, sensor.py,
// binary_sensor.py): a device, its origin, and components of known platforms with unique ids.
TEST_CASE("given streams, Home Assistant is told of devices with fields that it documents") {
  const std::set<std::string> of_device = {"identifiers", "connections",    "manufacturer",
                                           "model",       "model_id",       "name",
                                           "hw_version",  "sw_version",     "serial_number",
                                           "via_device",  "suggested_area", "configuration_url"};
  const std::set<std::string> shared = {"availability",
                                        "availability_mode",
                                        "availability_template",
                                        "availability_topic",
                                        "payload_available",
                                        "payload_not_available",
                                        "state_topic",
                                        "command_topic",
                                        "qos",
                                        "encoding"};
  const std::set<std::string> of_entity = {"platform",
                                           "name",
                                           "unique_id",
                                           "device_class",
                                           "expire_after",
                                           "force_update",
                                           "icon",
                                           "qos",
                                           "json_attributes_topic",
                                           "json_attributes_template",
                                           "state_topic",
                                           "value_template",
                                           "enabled_by_default",
                                           "entity_category"};
  const std::set<std::string> of_sensor = {"options", "state_class", "unit_of_measurement",
                                           "suggested_display_precision",
                                           "last_reset_value_template"};
  const std::set<std::string> of_binary_sensor = {"payload_on", "payload_off", "off_delay"};
  const auto check_keys = [](const Json& object, std::vector<std::set<std::string>> allowed) {
    for (const auto& [key, value] : object.items()) {
      INFO(key);
      bool is_known = false;
      for (const auto& keys : allowed) is_known |= keys.contains(key);
      CHECK(is_known);
    }
  };
  std::set<std::string> ids;
  const MqttTopics topics("fliqe", "homeassistant");
  for (const std::string& name : hostile_names()) {
    const Json config = Json::parse(dump(discovery_config(topics, stream_named(name))));
    check_keys(config, {shared, {"device", "origin", "components"}});
    check_keys(config["device"], {of_device});
    check_keys(config["origin"], {{"name", "sw_version", "support_url"}});
    CHECK(config["device"]["identifiers"].size() == 1);
    CHECK(config["origin"]["name"] == "fliqe");
    CHECK(config["availability_topic"] == "fliqe/status");
    CHECK(config["components"].size() == 3);
    for (const auto& [key, entity] : config["components"].items()) {
      const bool is_sensor = entity["platform"] == "sensor";
      check_keys(entity, {of_entity, is_sensor ? of_sensor : of_binary_sensor});
      CHECK((is_sensor || entity["platform"] == "binary_sensor"));
      CHECK(ids.insert(entity["unique_id"]).second);
      // options only for enum sensors, which have neither class nor unit of a measurement.
      CHECK(entity.contains("options") == (entity.value("device_class", "") == "enum"));
      CHECK_FALSE((entity.contains("options") && entity.contains("state_class")));
    }
    CHECK(dump(config).find("secret") == std::string::npos);
  }
  const Json gate = discovery_config(topics, stream_named("gate"))["components"];
  CHECK(gate["quality"]["state_class"] == "measurement");
  CHECK(gate["quality"]["expire_after"] == 18);
  CHECK(gate["condition"]["options"].size() == 6);
  CHECK(gate["alert"]["device_class"] == "problem");
  CHECK(gate["alert"]["state_topic"] == "fliqe/gate/alert");
  StreamConfig patient = stream_named("gate");
  patient.stale_after = 0;
  CHECK_FALSE(discovery_config(topics, patient)["components"]["quality"].contains("expire_after"));
}
