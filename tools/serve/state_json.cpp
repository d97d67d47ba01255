// SPDX-License-Identifier: MIT
#include "serve/state_json.hpp"

namespace fliqe::tools {
namespace {

Json optional(const std::optional<double>& value) {
  return value ? Json(rounded9(*value)) : Json(nullptr);
}

}  // namespace

Json to_json(const WatchedStream& stream) {
  const StreamConfig& config = stream.config();
  const StreamState state = stream.state();
  const StreamFigures& figures = state.figures;
  return {{"name", config.name},
          {"source", without_credentials(config.source)},
          {"condition", to_string(state.condition)},
          {"condition_s", rounded9(state.seconds)},
          {"reason", state.reason.empty() ? Json(nullptr) : Json(state.reason)},
          {"raw_image_quality", optional(state.raw)},
          {"smoothed_image_quality", optional(state.smoothed)},
          {"smoothing_window", config.smoothing_window},
          {"alert", {{"raised", state.is_alerted}, {"below", config.alert.below}}},
          {"last_frame", state.unix_time > 0 ? Json(state.unix_time) : Json(nullptr)},
          {"video",
           {{"codec", state.video.codec},
            {"width", state.video.width},
            {"height", state.video.height},
            {"frames_per_second", rounded9(state.video.frames_per_second)}}},
          {"frames",
           {{"received", figures.received},
            {"scored", figures.scored},
            {"failed", figures.failed},
            {"dropped", figures.dropped},
            {"frozen", figures.frozen}}},
          {"latency_ms",
           {{"p50", rounded9(figures.latencies.percentile(0.5))},
            {"p99", rounded9(figures.latencies.percentile(0.99))}}},
          {"disconnects", figures.disconnects},
          {"down_s", rounded9(figures.down_seconds)},
          {"alerts", figures.alerts}};
}

}  // namespace fliqe::tools
