// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace fliqe::tools {

/// The topics of streams, whatever these are called. Different streams have different topics.
class MqttTopics {
 public:
  /// @param discovery  where Home Assistant looks for devices; empty: nowhere
  /// @throws Error `invalid_argument` when one of them cannot begin a topic
  MqttTopics(std::string prefix, std::string discovery);

  /// "online" while the program is connected, else "offline".
  std::string status() const { return prefix_ + "/status"; }
  std::string state(const std::string& stream) const { return of(stream) + "/state"; }
  std::string alert(const std::string& stream) const { return of(stream) + "/alert"; }
  std::string event(const std::string& stream, const std::string& event) const {
    return of(stream) + "/event/" + event;
  }

  bool has_discovery() const noexcept { return !discovery_.empty(); }
  std::string device(const std::string& stream) const {
    return discovery_ + "/device/" + device_id(stream) + "/config";
  }
  /// What a stream is called in Home Assistant, of letters, digits, "-" and "_". Different prefixes
  /// and streams have different ids.
  std::string device_id(const std::string& stream) const;
  /// Where Home Assistant says that it has begun.
  std::string birth() const { return discovery_ + "/status"; }

 private:
  std::string of(const std::string& stream) const;

  std::string prefix_, discovery_;
};

/// A name as one level of a topic: as in URLs, bytes other than letters, digits and -._~ become
/// %XX.
std::string topic_level(std::string_view name);

/// A name of letters, digits and "-", other bytes as _XX.
std::string object_id(std::string_view name);

/// @param what  names the text in messages. @throws Error `invalid_argument`
void check_topic_prefix(const std::string& what, const std::string& text);

}  // namespace fliqe::tools
