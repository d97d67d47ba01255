// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <string>

#include "mqtt/broker.hpp"
#include "serve/http_client.hpp"
#include "support/skip.hpp"
#include "watch/events.hpp"

using namespace fliqe;
using namespace fliqe::test;
using Catch::Contains;

namespace {

/// A camera that is never there.
const std::string camera = "rtsp://me:secret@127.0.0.1:9/live";

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("given a program that is killed or ends, the broker says that it is offline",
          "[mosquitto]") {
  if (!has_broker()) return skip(no_broker);
  const TemporaryDir dir;
  write_file(dir / "cameras.json",
             R"({"streams": [{"name": "gate/1", "source": ")" + camera + R"("}]})");
  const Broker broker;
  const Subscriber all(broker);
  const std::string arguments =
      "watch " + quoted(dir / "cameras.json") + " --mqtt " + broker.url("me:secret@");
  for (const int signal : {SIGKILL, SIGTERM}) {
    Running watch(arguments);
    CHECK(all.waits_for("test/status", "online"));
    CHECK(wait_until([&] {
      return count(watch.output(), "disconnected") > 0 && count(watch.errors(), "connected") == 1;
    }));
    CHECK(all.waits_for("test/gate%2F1/state", "condition", "offline"));
    CHECK(all.waits_for("test/gate%2F1/event/disconnected", "event", "disconnected"));
    watch.end(signal);
    CHECK(all.waits_for("test/status", "offline"));
    CHECK((watch.output() + watch.errors()).find("secret") == std::string::npos);
    CHECK(all.of("test/gate%2F1/event/summary").size() == (signal == SIGTERM ? 1 : 0));
  }
  for (const Received& each : all.messages()) {
    CHECK((each.topic + each.payload).find("secret") == std::string::npos);
  }
}

TEST_CASE("given a broker that is not there, the program says so once and goes on", "[mosquitto]") {
  if (!has_broker()) return skip(no_broker);
  const std::string url = "mqtt://me:secret@127.0.0.1:" + std::to_string(free_port());
  Running watch("watch '" + camera + "' --mqtt " + url);
  CHECK(wait_until([&] { return count(watch.output(), "disconnected") >= 2; }));
  watch.end(SIGTERM);
  const Events events = read_events(watch.output());
  const Events failed = only(events, "mqtt_failed");
  REQUIRE(failed.size() == 1);
  CHECK(failed[0]["reason"] == "Connection refused");
  CHECK(only(events, "summary").size() == 1);
  CHECK(count(watch.errors(), "mqtt://") == 1);
  CHECK((watch.output() + watch.errors()).find("secret") == std::string::npos);
}

TEST_CASE("given the service, its metrics tell of the broker, and removed streams are cleared",
          "[mosquitto]") {
  if (!has_broker()) return skip(no_broker);
  const Broker broker;
  const Subscriber all(broker);
  Running serve("serve --listen 127.0.0.1:0 --mqtt " + broker.url());
  const std::uint16_t port = service_port(serve);
  if (port == 0) return skip("built without the service");
  const auto has_metric = [&](const std::string& line) {
    return request(port, "GET", "/metrics").body.find("\n" + line + "\n") != std::string::npos;
  };
  CHECK(wait_until([&] { return has_metric("fliqe_mqtt_connected 1"); }));
  CHECK(request(port, "PUT", "/v1/streams/gate", R"({"source": "rtsp://127.0.0.1:9/"})").status ==
        201);
  CHECK(all.waits_for("test/gate/state", "condition", "offline"));
  CHECK(has_metric(R"(fliqe_mqtt_messages_total{outcome="dropped"} 0)"));
  CHECK_FALSE(has_metric(R"(fliqe_mqtt_messages_total{outcome="published"} 0)"));
  CHECK(request(port, "DELETE", "/v1/streams/gate").status == 204);
  CHECK(all.waits_for("test/gate/alert", ""));
  CHECK(serve.end(SIGTERM) == 0);
  CHECK(retained(broker).size() == 1);
}
