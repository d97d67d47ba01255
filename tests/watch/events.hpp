// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace fliqe::test {

using Events = std::vector<nlohmann::json>;

/// Those that `fliqe watch` wrote, a line each.
inline Events read_events(const std::string& text) {
  Events events;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) events.push_back(nlohmann::json::parse(line));
  return events;
}

/// Those of one name, and of one stream if it is given.
inline Events only(const Events& events, const std::string& name, const std::string& stream = "") {
  Events chosen;
  for (const auto& event : events) {
    if (event["event"] != name || (!stream.empty() && event["stream"] != stream)) continue;
    chosen.push_back(event);
  }
  return chosen;
}

/// What happened to a stream: "connected, 3 score, stale, summary".
inline std::string story(const Events& events, const std::string& stream) {
  std::vector<std::pair<std::string, int>> runs;
  for (const auto& event : events) {
    if (event["stream"] != stream) continue;
    const std::string name = event["event"];
    if (runs.empty() || runs.back().first != name) runs.emplace_back(name, 0);
    ++runs.back().second;
  }
  std::string text;
  for (const auto& [name, count] : runs) {
    text += (text.empty() ? "" : ", ") + (count > 1 ? std::to_string(count) + " " : "") + name;
  }
  return text;
}

}  // namespace fliqe::test
