// SPDX-License-Identifier: MIT
#include "mqtt/discovery.hpp"

#include <algorithm>
#include <cmath>
#include <fliqe/version.hpp>

#include "watch/stream_status.hpp"

namespace fliqe::tools {
namespace {

Json conditions() {
  using enum StreamCondition;
  Json names = Json::array();
  for (const StreamCondition each : {connecting, online, stale, frozen, offline, ended}) {
    names.push_back(to_string(each));
  }
  return names;
}

/// A quality is old once several scores are missing and the stream would be stale.
Json quality(const std::string& id, const StreamConfig& stream) {
  Json entity{
      {"platform", "sensor"},         {"name", "Quality"},
      {"unique_id", id + "_quality"}, {"value_template", "{{ value_json.smoothed_image_quality }}"},
      {"state_class", "measurement"}, {"suggested_display_precision", 3},
      {"icon", "mdi:image-check"}};
  if (stream.stale_after > 0) {
    const double seconds = 10 + 3 * std::max(1.0, stream.interval) + stream.stale_after;
    entity["expire_after"] = static_cast<long>(std::ceil(seconds));
  }
  return entity;
}

}  // namespace

Json discovery_config(const MqttTopics& topics, const StreamConfig& stream) {
  const std::string id = topics.device_id(stream.name);
  const std::string state = topics.state(stream.name);
  return {{"device",
           {{"identifiers", {id}},
            {"name", stream.name},
            {"manufacturer", "fliqe"},
            {"model", "watched stream"},
            {"sw_version", version}}},
          {"origin", {{"name", "fliqe"}, {"sw_version", version}}},
          {"availability_topic", topics.status()},
          {"payload_available", "online"},
          {"payload_not_available", "offline"},
          {"state_topic", state},
          {"qos", 1},
          {"components",
           {{"quality", quality(id, stream)},
            {"condition",
             {{"platform", "sensor"},
              {"name", "Condition"},
              {"unique_id", id + "_condition"},
              {"device_class", "enum"},
              {"options", conditions()},
              {"value_template", "{{ value_json.condition }}"},
              {"json_attributes_topic", state},
              {"json_attributes_template", "{{ {'reason': value_json.reason} | tojson }}"},
              {"icon", "mdi:cctv"}}},
            {"alert",
             {{"platform", "binary_sensor"},
              {"name", "Alert"},
              {"unique_id", id + "_alert"},
              {"device_class", "problem"},
              {"state_topic", topics.alert(stream.name)},
              {"payload_on", "ON"},
              {"payload_off", "OFF"}}}}}};
}

}  // namespace fliqe::tools
