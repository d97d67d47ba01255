// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "mqtt/broker_address.hpp"
#include "mqtt/topics.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace fliqe::tools {

/// How to reach a broker and what to tell it.
struct MqttSettings {
  BrokerAddress broker;
  std::string ca;                ///< PEM files, empty: the system's authorities
  std::string certificate, key;  ///< of the client; empty: none
  std::string discovery = "homeassistant";
  double first_retry = 1, longest_retry = 60;  ///< seconds
  double flush_seconds = 3;                    ///< that the end may take

  MqttTopics topics() const { return {broker.prefix, discovery}; }
};

/// The same on the command line.
struct MqttOptions {
  std::optional<std::string> url{};  ///< nothing: no broker
  std::string password_file{};
  std::string ca{}, certificate{}, key{};
  std::string discovery = "homeassistant";

  void add_options(CLI::App& command);
  /// @throws Error `invalid_argument` for what does not fit together, `io` for files that cannot be
  ///         read
  MqttSettings settings() const;
};

}  // namespace fliqe::tools
