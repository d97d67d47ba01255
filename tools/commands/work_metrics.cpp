// SPDX-License-Identifier: MIT
#include "commands/work_metrics.hpp"

#ifdef FLIQE_SERVE

#include <CLI/CLI.hpp>

#include "http/server.hpp"
#include "serve/metrics.hpp"

namespace fliqe::tools {
namespace {

void write(MetricsText& text, const WorkerFigures& figures) {
  text.metric("fliqe_work_cluster_up", "gauge", "Whether Kafka is in reach, as far as known.");
  text.sample("fliqe_work_cluster_up", {}, figures.problem.empty() ? 1 : 0);
  text.metric("fliqe_work_jobs_total", "counter", "Jobs that were answered.");
  text.sample("fliqe_work_jobs_total", {}, static_cast<double>(figures.jobs));
  text.metric("fliqe_work_pictures_total", "counter", "Pictures, by what became of them.");
  text.sample("fliqe_work_pictures_total", {{"outcome", "scored"}},
              static_cast<double>(figures.scored));
  for (const auto& [code, count] : figures.dead) {
    text.sample("fliqe_work_pictures_total", {{"outcome", code}}, static_cast<double>(count));
  }
  text.metric("fliqe_work_partitions", "gauge", "Partitions of jobs that are this worker's.");
  text.sample("fliqe_work_partitions", {}, static_cast<double>(figures.partitions));
  text.metric("fliqe_work_lag_jobs", "gauge", "Jobs ahead in each partition of this worker.");
  for (const auto& [partition, count] : figures.lag) {
    text.sample("fliqe_work_lag_jobs", {{"partition", std::to_string(partition.partition)}},
                static_cast<double>(count));
  }
}

std::string metrics(const Worker& worker, const RunDescription& run, const std::string& weights) {
  MetricsText text;
  write_build_info(text, run, weights);
  write(text, worker.figures());
  write_process_metrics(text);
  return text.take();
}

}  // namespace

void add_metrics_option(CLI::App& command, std::string& address) {
  command.add_option("--metrics", address,
                     "serve figures to Prometheus at this address and port; everyone who reaches "
                     "it reads them");
}

std::shared_ptr<void> serve_work_metrics(const std::string& address, const Worker& worker,
                                         const RunDescription& run,
                                         const std::string& weights_sha256) {
  if (address.empty()) return nullptr;
  HttpOptions options;
  parse_listen_address(address, options);
  Router router;
  router.add({"GET", "/healthz",
              [](HttpRequest&&, const Reply& reply) {
                reply->respond({200, "ok\n", "text/plain; charset=utf-8"});
              },
              true});
  router.add({"GET", "/metrics",
              [&worker, run, weights_sha256](HttpRequest&&, const Reply& reply) {
                reply->respond({200, metrics(worker, run, weights_sha256),
                                "text/plain; version=0.0.4; charset=utf-8"});
              },
              true});
  return std::make_shared<HttpServer>(options, std::move(router));
}

}  // namespace fliqe::tools

#else

namespace fliqe::tools {

void add_metrics_option(CLI::App&, std::string&) {}

std::shared_ptr<void> serve_work_metrics(const std::string&, const Worker&, const RunDescription&,
                                         const std::string&) {
  return nullptr;
}

}  // namespace fliqe::tools

#endif
