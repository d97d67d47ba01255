// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/process.hpp"

namespace fliqe::test {

/// Whether this build has MQTT, and a broker and its clients are installed.
inline bool has_broker() {
  static const bool is_there = [] {
    const Finished finished = fliqe("watch x.seq --mqtt mqtt://127.0.0.1:1");
    return finished.errors.find("built without") == std::string::npos &&
           has_program("mosquitto_sub") &&
           run("PATH=$PATH:/usr/sbin command -v mosquitto").exit_code == 0;
  }();
  return is_there;
}
inline constexpr const char* no_broker = "built without MQTT, or no mosquitto";

/// A mosquitto that keeps nothing when it ends.
class Broker {
 public:
  /// @param settings  lines of its configuration
  explicit Broker(std::string settings = "allow_anonymous true\n")
      : settings_(std::move(settings)) {
    for (int attempt = 0; attempt < 5; ++attempt) {
      port_ = free_port();
      if (start()) return;
    }
    throw std::runtime_error("mosquitto does not start: " + read_text(dir_ / "log"));
  }

  int port() const { return port_; }
  /// @param user  "user:password@", if anything
  std::string url(const std::string& user = "", const std::string& scheme = "mqtt") const {
    return scheme + "://" + user + "127.0.0.1:" + std::to_string(port_) + "/test";
  }

  /// False when the port has been taken meanwhile.
  bool start() {
    write_file(dir_ / "conf", "listener " + std::to_string(port_) +
                                  " 127.0.0.1\nuser root\npersistence false\n" + settings_);
    process_.emplace("env PATH=\"$PATH:/usr/sbin\" mosquitto -c '" + dir_ / "conf" + "' > '" +
                     dir_ / "log" + "' 2>&1");
    return wait_until([&] { return !process_->is_running() || accepts_connections(port_); }) &&
           process_->is_running();
  }
  void stop() { process_->end(SIGTERM); }

 private:
  TemporaryDir dir_;
  std::string settings_;
  int port_ = 0;
  std::optional<Process> process_;
};

/// What came from a broker.
struct Received {
  std::string topic, payload;
  int quality = 0;
  bool is_retained = false;
};

/// A client that is sent all messages, or those of a topic.
class Subscriber {
 public:
  explicit Subscriber(const Broker& broker, const std::string& options = "-t '#'")
      : process_("stdbuf -oL mosquitto_sub -h 127.0.0.1 -p " + std::to_string(broker.port()) +
                 " -q 1 -d -F '=%j' " + options + " > '" + dir_ / "out" + "' 2>&1") {
    if (!wait_until([&] { return read_text(dir_ / "out").find("SUBACK") != std::string::npos; })) {
      throw std::runtime_error("cannot subscribe: " + read_text(dir_ / "out"));
    }
  }

  std::vector<Received> messages() const {
    std::vector<Received> found;
    std::istringstream lines(read_text(dir_ / "out"));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with('=') || lines.eof()) continue;  // the last line may be half of one
      const auto json = nlohmann::json::parse(line.substr(1));
      const auto& payload = json["payload"];  // null: empty
      found.push_back({json["topic"], payload.is_null() ? "" : payload.get<std::string>(),
                       json["qos"], json["retain"] == 1});
    }
    return found;
  }

  std::vector<Received> of(const std::string& topic) const {
    std::vector<Received> found = messages();
    std::erase_if(found, [&](const Received& each) { return each.topic != topic; });
    return found;
  }

  /// The last payload of a topic; empty: none.
  std::string last(const std::string& topic) const {
    const std::vector<Received> found = of(topic);
    return found.empty() ? "" : found.back().payload;
  }

  bool waits_for(const std::string& topic, const std::string& payload) const {
    return wait_until([&] { return last(topic) == payload; });
  }

  /// Until a topic's JSON has a value.
  bool waits_for(const std::string& topic, const std::string& key,
                 const nlohmann::json& value) const {
    return wait_until([&] {
      const std::string text = last(topic);
      return !text.empty() && nlohmann::json::parse(text)[key] == value;
    });
  }

 private:
  TemporaryDir dir_;
  Process process_;
};

/// What the broker has kept, by topic.
inline std::map<std::string, std::string> retained(const Broker& broker) {
  // A message of the same QoS comes after all that is retained.
  const Subscriber subscriber(broker);
  const std::string end = "end/" + std::to_string(::getpid());
  run("mosquitto_pub -h 127.0.0.1 -p " + std::to_string(broker.port()) + " -t " + end +
      " -q 1 -m x");
  wait_until([&] { return !subscriber.of(end).empty(); });
  std::map<std::string, std::string> kept;
  for (const Received& each : subscriber.messages()) {
    if (each.is_retained) kept[each.topic] = each.payload;
  }
  return kept;
}

}  // namespace fliqe::test
