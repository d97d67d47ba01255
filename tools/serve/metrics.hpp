// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/score_writer.hpp"

namespace fliqe::tools {

/// Text in Prometheus' exposition format, version 0.0.4.
class MetricsText {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  /// Begins a metric, whose samples follow. @param type  counter, gauge or histogram
  void metric(std::string_view name, std::string_view type, std::string_view help);
  void sample(std::string_view name, const Labels& labels, double value);

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// A count of values below each of some bounds.
class Histogram {
 public:
  static constexpr std::array bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                     0.1,   0.25,   0.5,   1.0,  2.5,   5.0};

  void add(double value);
  /// @param name  that of the metric, without _bucket
  void write(MetricsText& text, std::string_view name, const MetricsText::Labels& labels) const;

 private:
  std::array<std::uint64_t, bounds.size() + 1> counts_{};  ///< each up to its bound alone
  double sum_ = 0;
};

/// What the service counts. Thread-safe.
class ServiceMetrics {
 public:
  void add_request(const std::string& route, int status, double seconds);
  void add_picture(bool is_scored, double seconds);

  void write(MetricsText& text) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::map<std::string, Histogram> request_seconds_;
  std::uint64_t scored_ = 0, failed_ = 0;
  Histogram score_seconds_;
};

/// What runs, as "fliqe_build_info".
void write_build_info(MetricsText& text, const RunDescription& run,
                      const std::string& weights_sha256);

/// Memory, processor time, open files and start of this process, under their usual names.
void write_process_metrics(MetricsText& text);

}  // namespace fliqe::tools
