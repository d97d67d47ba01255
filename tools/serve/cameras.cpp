// SPDX-License-Identifier: MIT
#include "serve/cameras.hpp"

#include <algorithm>
#include <array>
#include <fliqe/base/error.hpp>
#include <string_view>

namespace fliqe::tools {
namespace {

struct Count {
  std::string_view outcome;
  std::size_t StreamFigures::*figure;
};
constexpr std::array counts{
    Count{"scored", &StreamFigures::scored}, Count{"failed", &StreamFigures::failed},
    Count{"dropped", &StreamFigures::dropped}, Count{"frozen", &StreamFigures::frozen}};

constexpr std::array conditions{StreamCondition::connecting, StreamCondition::online,
                                StreamCondition::stale,      StreamCondition::frozen,
                                StreamCondition::offline,    StreamCondition::ended};

bool is_up(const StreamState& state) {
  return state.condition == StreamCondition::online || state.condition == StreamCondition::frozen;
}

}  // namespace

bool Cameras::put(const std::string& name, const std::string& json) {
  StreamConfig stream = parse_stream(json, "body", defaults_);
  stream.name = name;
  return put(std::move(stream));
}

bool Cameras::put(StreamConfig stream) {
  policy_.check(stream);
  check_stream(stream);
  const bool is_new = !watcher_.remove(stream.name);
  watcher_.add(stream);
  return is_new;
}

void Cameras::write_metrics(MetricsText& text) const {
  struct Known {
    std::string name;
    StreamState state;
  };
  std::vector<Known> streams;
  for (const auto& each : watcher_.streams())
    streams.push_back({each->config().name, each->state()});
  text.metric("fliqe_streams", "gauge", "Streams, by condition.");
  for (const StreamCondition condition : conditions) {
    const auto count = std::ranges::count(streams, condition,
                                          [](const Known& each) { return each.state.condition; });
    text.sample("fliqe_streams", {{"condition", to_string(condition)}}, static_cast<double>(count));
  }
  text.metric("fliqe_frames_total", "counter", "Frames of a stream, by what became of them.");
  for (const Known& stream : streams) {
    for (const Count& count : counts) {
      text.sample("fliqe_frames_total", {{"stream", stream.name}, {"outcome", count.outcome}},
                  static_cast<double>(stream.state.figures.*count.figure));
    }
  }
  const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                        const auto& value_of) {
    text.metric(name, type, help);
    for (const Known& stream : streams) {
      const std::optional<double> value = value_of(stream.state);
      if (value) text.sample(name, {{"stream", stream.name}}, *value);
    }
  };
  using Value = std::optional<double>;
  each("fliqe_quality_ratio", "gauge", "Smoothed quality, 0 to 1.",
       [](const StreamState& state) { return state.smoothed; });
  each("fliqe_stream_up", "gauge", "Whether frames come.",
       [](const StreamState& state) -> Value { return is_up(state) ? 1 : 0; });
  each("fliqe_stream_alert", "gauge", "Whether an alert is raised.",
       [](const StreamState& state) -> Value { return state.is_alerted ? 1 : 0; });
  each("fliqe_last_frame_timestamp_seconds", "gauge", "When the last frame came.",
       [](const StreamState& state) {
         return state.unix_time > 0 ? Value(state.unix_time) : std::nullopt;
       });
  each("fliqe_disconnects_total", "counter", "Connections lost.",
       [](const StreamState& state) -> Value {
         return static_cast<double>(state.figures.disconnects);
       });
}

}  // namespace fliqe::tools
