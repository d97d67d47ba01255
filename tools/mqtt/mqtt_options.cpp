// SPDX-License-Identifier: MIT
#include "mqtt/mqtt_options.hpp"

#include <CLI/CLI.hpp>
#include <fliqe/base/error.hpp>
#include <string_view>

#include "io/inputs.hpp"

namespace fliqe::tools {
namespace {

void fail(const std::string& what) {
  throw Error(ErrorCode::invalid_argument, what);
}

/// The first line of a file.
std::string password_in(const std::string& path) {
  const std::vector<std::byte> bytes = read_input(path);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  require(!line.empty() && line.find('\0') == line.npos, ErrorCode::invalid_argument,
          "--mqtt-password-file " + path + ": expected a password in the first line, found none");
  return std::string(line);
}

}  // namespace

void MqttOptions::add_options(CLI::App& command) {
  CLI::Option* const broker =
      command
          .add_option("--mqtt", url,
                      "tell an MQTT broker of streams, events and alerts: "
                      "mqtt://[user[:password]@]host[:port][/prefix], or mqtts:// for TLS")
          ->type_name("URL");
  const auto add = [&](const char* name, std::string& value, const char* help) {
    return command.add_option(name, value, help)->needs(broker);
  };
  add("--mqtt-password-file", password_file, "MQTT: the password is the first line of this file");
  add("--mqtt-ca", ca, "MQTT: authority of the broker's certificate (PEM)");
  add("--mqtt-cert", certificate, "MQTT: client certificate (PEM)");
  add("--mqtt-key", key, "MQTT: private key of the client (PEM)");
  add("--mqtt-discovery", discovery,
      "MQTT: where Home Assistant looks for devices; '' for no such messages")
      ->capture_default_str();
}

MqttSettings MqttOptions::settings() const {
  MqttSettings settings{parse_broker_address(url.value_or("")), ca, certificate, key, discovery};
  BrokerAddress& broker = settings.broker;
  if (!password_file.empty()) {
    if (broker.user.empty()) fail("--mqtt-password-file: expected a user in --mqtt, found none");
    if (!broker.password.empty()) fail("--mqtt-password-file: --mqtt has a password already");
    broker.password = password_in(password_file);
  }
  if (certificate.empty() != key.empty()) fail("MQTT: expected both --mqtt-cert and --mqtt-key");
  const bool has_files = !ca.empty() || !certificate.empty();
  if (has_files && !broker.has_tls) {
    fail("--mqtt-ca, --mqtt-cert: expected --mqtt mqtts://..., found " + broker.name());
  }
  for (const std::string& file : {ca, certificate, key}) {
    if (!file.empty()) static_cast<void>(read_input(file));
  }
  static_cast<void>(settings.topics());
  return settings;
}

}  // namespace fliqe::tools
