// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fliqe/base/parallel.hpp>
#include <memory>
#include <string>
#include <vector>

#include "app/interruption.hpp"
#include "app/model_options.hpp"
#include "commands/commands.hpp"
#include "commands/work_metrics.hpp"
#include "fleet/picture_work.hpp"
#include "fleet/result_messages.hpp"
#include "fleet/worker.hpp"

namespace fliqe::tools {
namespace {

struct WorkOptions {
  KafkaOptions cluster;
  WorkerSettings worker{.threads = 0};
  ResultTopics topics;
  std::vector<std::string> allowed;
  ModelOptions model;
  ThermalOptions thermal{.most_pixels = 50'000'000};
  std::string metrics;
  bool quiet = false;
};

/// Says so when the cluster goes or comes back.
class ClusterNews {
 public:
  explicit ClusterNews(const std::string& brokers) : brokers_(brokers) {}

  void tell(const std::string& problem) {
    if (problem.empty() == told_.empty()) return;
    told_ = problem;
    std::fprintf(stderr, "fliqe: Kafka %s: %s\n", brokers_.c_str(),
                 problem.empty() ? "connected" : (problem + ", trying again").c_str());
  }

 private:
  std::string brokers_, told_;
};

void say(const WorkerFigures& figures) {
  std::uint64_t dead = 0;
  for (const auto& each : figures.dead) dead += each.second;
  std::fprintf(stderr, "fliqe: %llu jobs: %llu pictures scored, %llu dead letters\n",
               static_cast<unsigned long long>(figures.jobs),
               static_cast<unsigned long long>(figures.scored),
               static_cast<unsigned long long>(dead));
}

Exit work(const WorkOptions& options) {
  WorkerSettings settings = options.worker;
  settings.cluster = options.cluster.settings();
  const int threads = resolve_thread_count(options.model.threads);
  if (settings.threads == 0) settings.threads = std::max(8, 4 * threads);
  const LoadedModel model =
      load_model(options.model.weights,
                 {.threads = 1, .load_threads = threads, .precision = options.model.precision});
  model.scorer.require_score();
  const RunDescription run = describe_run(model, threads);
  const std::string weights = weights_sha256(options.model.weights);
  std::atomic<bool> is_over{false};
  HttpClientOptions http;
  http.stopped = &is_over;
  Fetcher fetcher(AllowedPrefixes(options.allowed), http);
  PictureWork picture_work(model.scorer, options.thermal, fetcher, threads, is_over);
  catch_interruptions();
  Worker worker(
      settings, [&](const Task& task) { return picture_work(task); },
      [&](const FinishedJob& job) { return result_messages(options.topics, run, weights, job); });
  const std::shared_ptr<void> end_waiting(nullptr, [&](void*) { is_over = true; });
  const auto metrics = serve_work_metrics(options.metrics, worker, run, weights);
  ClusterNews news(settings.cluster.brokers);
  if (!options.quiet) {
    std::fprintf(stderr, "fliqe: works on %s of %s as one of group %s (%s)\n",
                 settings.jobs.c_str(), settings.cluster.brokers.c_str(), settings.group.c_str(),
                 arithmetic(model.scorer).c_str());
  }
  worker.run([&] {
    if (!options.quiet) news.tell(worker.problem());
    return is_interrupted();
  });
  if (!options.quiet) say(worker.figures());
  return Exit::success;
}

}  // namespace

void add_work_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<WorkOptions>();
  CLI::App* command = app.add_subcommand("work", "Score the pictures that a Kafka topic names");
  command->footer(
      "A job is a record {\"job\": NAME, \"refs\": [\"file:///archive/1.jpg\", ...]}; `fliqe "
      "enqueue`\n"
      "writes them. Each picture is answered in the topic of scores, or in that of dead letters\n"
      "with the reason. Workers of a group share the jobs; what one that dies has not answered,\n"
      "others do.\n"
      "Exit codes: 0 stopped by SIGTERM or Ctrl-C, with what was begun finished, or idle for long\n"
      "enough; 2 wrong usage, or a failure that waiting cannot mend.");
  options->cluster.add_options(*command, "brokers that have the jobs")->required();
  WorkerSettings& worker = options->worker;
  command->add_option("--group", worker.group, "of the workers that share the jobs")
      ->capture_default_str();
  command->add_option("--jobs", worker.jobs, "topic of jobs")->capture_default_str();
  command->add_option("--scores", options->topics.scores, "topic of scores")->capture_default_str();
  command->add_option("--dead", options->topics.dead, "topic of pictures that have none")
      ->capture_default_str();
  command
      ->add_option("--allow", options->allowed,
                   "where pictures may lie: /archive, https://host/path, s3://bucket/prefix")
      ->required();
  command->add_flag("--exactly-once", worker.exactly_once,
                    "answer by transactions: no picture twice for who reads committed records");
  command->add_option("--fetchers", worker.threads, "pictures that are fetched at once; 0: enough")
      ->check(CLI::Range(0, 4096));
  command->add_option("--idle", worker.idle_seconds, "end after so many seconds without a job")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--drain", worker.drain_seconds, "seconds that the end may take")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_metrics_option(*command, options->metrics);
  command->add_option("--max-pixels", options->thermal.most_pixels, "of a picture")
      ->capture_default_str();
  options->thermal.add_options(*command);
  options->thermal.add_source_option(*command);
  options->model.add_options(*command);
  command->add_flag("-q,--quiet", options->quiet, "say nothing on standard error");
  command->callback([options, &result] { result = work(*options); });
}

}  // namespace fliqe::tools
