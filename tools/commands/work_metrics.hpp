// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "fleet/worker.hpp"
#include "report/score_writer.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace fliqe::tools {

/// Adds --metrics, where the program has an HTTP server.
void add_metrics_option(CLI::App& command, std::string& address);

/// Serves a worker's figures to Prometheus at /metrics, and /healthz, as long as the result lives.
/// @param address  "host:port"; empty: nowhere. @throws Error
std::shared_ptr<void> serve_work_metrics(const std::string& address, const Worker& worker,
                                         const RunDescription& run,
                                         const std::string& weights_sha256);

}  // namespace fliqe::tools
