// SPDX-License-Identifier: MIT
#include "serve/metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fliqe/version.hpp>
#include <fstream>

#include "io/json.hpp"

namespace fliqe::tools {
namespace {

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double whole = 0, resident = 0;
  file >> whole >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(begin(files), end(files)));
}

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

void MetricsText::metric(std::string_view name, std::string_view type, std::string_view help) {
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void MetricsText::sample(std::string_view name, const Labels& labels, double value) {
  text_.append(name);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    text_.append(i == 0 ? "{" : ",").append(labels[i].first).append("=\"");
    text_.append(escaped(labels[i].second)).append("\"");
  }
  text_.append(labels.empty() ? " " : "} ").append(number(value)).append("\n");
}

void Histogram::add(double value) {
  const auto bound = std::ranges::lower_bound(bounds, value);
  ++counts_[static_cast<std::size_t>(bound - bounds.begin())];
  sum_ += value;
}

void Histogram::write(MetricsText& text, std::string_view name,
                      const MetricsText::Labels& labels) const {
  const std::string base(name);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    count += counts_[i];
    MetricsText::Labels with_bound = labels;
    const std::string bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
    with_bound.emplace_back("le", bound);
    text.sample(base + "_bucket", with_bound, static_cast<double>(count));
  }
  text.sample(base + "_sum", labels, sum_);
  text.sample(base + "_count", labels, static_cast<double>(count));
}

void ServiceMetrics::add_request(const std::string& route, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
  request_seconds_[route].add(seconds);
}

void ServiceMetrics::add_picture(bool is_scored, double seconds) {
  const std::lock_guard lock(mutex_);
  ++(is_scored ? scored_ : failed_);
  score_seconds_.add(seconds);
}

void ServiceMetrics::write(MetricsText& text) const {
  const std::lock_guard lock(mutex_);
  text.metric("fliqe_requests_total", "counter", "Requests answered, by route and status code.");
  for (const auto& [key, count] : requests_) {
    text.sample("fliqe_requests_total",
                {{"route", key.first}, {"code", std::to_string(key.second)}},
                static_cast<double>(count));
  }
  text.metric("fliqe_request_duration_seconds", "histogram",
              "Time from a request's header to its response.");
  for (const auto& [route, histogram] : request_seconds_) {
    histogram.write(text, "fliqe_request_duration_seconds", {{"route", route}});
  }
  text.metric("fliqe_pictures_total", "counter", "Pictures of requests, by outcome.");
  text.sample("fliqe_pictures_total", {{"outcome", "scored"}}, static_cast<double>(scored_));
  text.sample("fliqe_pictures_total", {{"outcome", "failed"}}, static_cast<double>(failed_));
  text.metric("fliqe_score_duration_seconds", "histogram",
              "Time to decode and score a picture of a request.");
  score_seconds_.write(text, "fliqe_score_duration_seconds", {});
}

void write_build_info(MetricsText& text, const RunDescription& run,
                      const std::string& weights_sha256) {
  text.metric("fliqe_build_info", "gauge", "Always 1; the labels say what runs.");
  text.sample("fliqe_build_info",
              {{"version", version},
               {"weights_sha256", weights_sha256},
               {"backbone", run.backbone},
               {"precision", run.precision},
               {"isa", run.isa}},
              1);
}

void write_process_metrics(MetricsText& text) {
  static const double start = unix_time();
  text.metric("process_cpu_seconds_total", "counter", "User and system processor time.");
  text.sample("process_cpu_seconds_total", {}, cpu_seconds());
  text.metric("process_resident_memory_bytes", "gauge", "Resident memory.");
  text.sample("process_resident_memory_bytes", {}, resident_bytes());
  text.metric("process_open_fds", "gauge", "Open file descriptors.");
  text.sample("process_open_fds", {}, open_files());
  text.metric("process_start_time_seconds", "gauge", "Start, in seconds since 1970.");
  text.sample("process_start_time_seconds", {}, start);
}

}  // namespace fliqe::tools
