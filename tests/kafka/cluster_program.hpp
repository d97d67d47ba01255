// SPDX-License-Identifier: MIT
/// @file
/// Running the program on a cluster.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kafka/mock_cluster.hpp"

namespace fliqe::test {

/// With sessions that end soon.
inline std::string cluster_options(const MockCluster& cluster) {
  return " --kafka " + cluster.brokers() +
         " -X session.timeout.ms=6000 -X heartbeat.interval.ms=500 ";
}

/// What a topic has, as JSON.
inline std::vector<nlohmann::json> values(const MockCluster& cluster, const std::string& topic) {
  std::vector<nlohmann::json> found;
  for (const tools::KafkaRecord& each : cluster.read(topic)) {
    found.push_back(nlohmann::json::parse(each.value.value_or("null")));
  }
  return found;
}

}  // namespace fliqe::test
