// SPDX-License-Identifier: MIT
#include "kafka/kafka_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fliqe/base/error.hpp>
#include <sstream>
#include <string_view>
#include <utility>

#include "io/inputs.hpp"
#include "io/trimmed.hpp"

namespace fliqe::tools {
namespace {

/// Everyone on a machine sees the command lines of all programs.
constexpr std::array<std::string_view, 6> secrets{
    "sasl.password",         "ssl.key.password",        "ssl.key.pem",
    "ssl.keystore.password", "sasl.oauthbearer.config", "sasl.oauthbearer.client.secret"};

constexpr std::string_view blanks = " \t\r";

std::pair<std::string, std::string> parse_property(std::string_view text,
                                                   const std::string& place) {
  const auto equals = text.find('=');
  const std::string_view name = trimmed(text.substr(0, equals), blanks);
  require(equals != text.npos && !name.empty(), ErrorCode::invalid_argument,
          place + ": expected NAME=VALUE, found '" + std::string(name) + "'");
  return {std::string(name), std::string(trimmed(text.substr(equals + 1), blanks))};
}

}  // namespace

std::map<std::string, std::string> parse_properties(const std::string& text,
                                                    const std::string& place) {
  std::map<std::string, std::string> properties;
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string_view content = trimmed(line, blanks);
    if (content.empty() || content.front() == '#') continue;
    auto [name, value] = parse_property(content, place + ":" + std::to_string(number));
    properties.insert_or_assign(std::move(name), std::move(value));
  }
  return properties;
}

CLI::Option* KafkaOptions::add_options(CLI::App& command, const std::string& purpose) {
  CLI::Option* const option =
      command.add_option("--kafka", brokers, purpose + ": host:port, separated by commas")
          ->type_name("BROKERS");
  command
      .add_option("-X,--kafka-property", properties,
                  "Kafka: a property of librdkafka, as security.protocol=ssl")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all()
      ->needs(option);
  command
      .add_option("--kafka-config", file,
                  "Kafka: a file of such properties, a line each; the place for passwords")
      ->type_name("FILE")
      ->needs(option);
  return option;
}

KafkaSettings KafkaOptions::settings() const {
  KafkaSettings settings;
  if (!file.empty()) {
    const std::vector<std::byte> bytes = read_input(file);
    settings.properties =
        parse_properties({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file);
  }
  for (const std::string& text : properties) {
    auto [name, value] = parse_property(text, "-X");
    require(std::ranges::find(secrets, name) == secrets.end(), ErrorCode::invalid_argument,
            "-X " + name +
                ": expected in a file (--kafka-config), found on the command line, "
                "which all users of the machine see");
    settings.properties.insert_or_assign(std::move(name), std::move(value));
  }
  settings.brokers = brokers.value_or("");
  require(!settings.brokers.empty(), ErrorCode::invalid_argument,
          "--kafka: expected host:port, found nothing");
  return settings;
}

}  // namespace fliqe::tools
