// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace fliqe::tools {

/// How to reach a Kafka cluster.
struct KafkaSettings {
  std::string brokers;                            ///< "host:port,host:port"
  std::map<std::string, std::string> properties;  ///< of librdkafka, by their names there
};

/// The same on the command line.
struct KafkaOptions {
  std::optional<std::string> brokers{};  ///< nothing: no cluster
  std::vector<std::string> properties{};
  std::string file{};

  /// Adds --kafka, -X and --kafka-config; returns the first.
  CLI::Option* add_options(CLI::App& command, const std::string& purpose);
  /// @throws Error `invalid_argument` for what is no property, or a secret on the command line;
  ///         `io` for a file that cannot be read
  KafkaSettings settings() const;
};

/// Reads lines "name=value"; those that begin with # and empty ones are left out.
/// @param place  stands for the text in messages. @throws Error `invalid_argument`
std::map<std::string, std::string> parse_properties(const std::string& text,
                                                    const std::string& place);

}  // namespace fliqe::tools
