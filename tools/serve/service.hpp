// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/model_options.hpp"
#include "report/score_writer.hpp"
#include "serve/metrics.hpp"
#include "serve/scoring_queue.hpp"

namespace fliqe::tools {

struct ServiceOptions {
  ModelOptions model;
  ThermalOptions thermal{.most_pixels = 50'000'000};  ///< what requests begin with
  std::size_t queue = 0;  ///< requests that may wait; 0: four for each thread
};

/// The model and what all interfaces share. Thread-safe.
class Service {
 public:
  /// @throws Error when the weights cannot be used or give no score
  explicit Service(const ServiceOptions& options);

  const Scorer& scorer() const noexcept { return model_.scorer; }
  const RunDescription& run() const noexcept { return run_; }
  const ThermalOptions& thermal() const noexcept { return thermal_; }
  ScoringQueue& queue() noexcept { return *queue_; }
  ServiceMetrics& metrics() noexcept { return metrics_; }

  /// Whether new work is welcome; false while the service ends.
  bool is_ready() const noexcept { return is_ready_; }
  void set_ready(bool is_ready) noexcept { is_ready_ = is_ready; }
  void write_metrics(MetricsText& text) const;
  /// Whose metrics are written with these; before anything is served.
  void add_metrics(std::function<void(MetricsText&)> writer) {
    writers_.push_back(std::move(writer));
  }

 private:
  int threads_;
  LoadedModel model_;
  std::string weights_sha256_;
  RunDescription run_;
  ThermalOptions thermal_;
  ServiceMetrics metrics_;
  std::vector<std::function<void(MetricsText&)>> writers_;
  std::atomic<bool> is_ready_{false};
  std::unique_ptr<ScoringQueue> queue_;
};

}  // namespace fliqe::tools
