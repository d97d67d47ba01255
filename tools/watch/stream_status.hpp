// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fliqe::tools {

enum class StreamCondition { connecting, online, stale, frozen, offline, ended };

constexpr std::string_view to_string(StreamCondition condition) noexcept {
  switch (condition) {
    case StreamCondition::connecting:
      return "connecting";
    case StreamCondition::online:
      return "online";
    case StreamCondition::stale:
      return "stale";
    case StreamCondition::frozen:
      return "frozen";
    case StreamCondition::offline:
      return "offline";
    case StreamCondition::ended:
      break;
  }
  return "ended";
}

/// How a stream fares.
struct StreamStatus {
  StreamCondition condition = StreamCondition::connecting;
  std::string reason{};         ///< why it is offline or has ended; empty: none
  std::optional<double> raw{};  ///< quality of the last scored frame
  std::optional<double> smoothed{};
  bool is_alerted = false;
};

}  // namespace fliqe::tools
