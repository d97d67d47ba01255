// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fliqe/base/parallel.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/interruption.hpp"
#include "app/model_options.hpp"
#include "commands/commands.hpp"
#include "commands/stream_options.hpp"
#include "kafka/camera_topic.hpp"
#include "watch/clock.hpp"
#include "watch/hook.hpp"
#include "watch/watch_config.hpp"
#include "watch/watcher.hpp"

namespace fliqe::tools {
namespace {

struct WatchOptions {
  StreamOptions streams;
  ModelOptions model;
  double duration = 0;
  std::string output;
  std::string cameras_topic, group = "fliqe";
  std::vector<std::string> allowed = default_source_prefixes();
  bool quiet = false;
};

void say(const Watcher& watcher) {
  for (const auto& stream : watcher.streams()) {
    const StreamFigures figures = stream->state().figures;
    const double count = static_cast<double>(std::max<std::size_t>(1, figures.scored));
    std::fprintf(stderr,
                 "%s: %zu frames, %zu scored, %zu dropped, %zu frozen; mean quality %.4f; latency "
                 "median %.1f ms, 99 %% %.1f ms; %zu times away, %.1f s; %zu alerts\n",
                 stream->config().name.c_str(), figures.received, figures.scored, figures.dropped,
                 figures.frozen, figures.quality_sum / count, figures.latencies.percentile(0.5),
                 figures.latencies.percentile(0.99), figures.disconnects, figures.down_seconds,
                 figures.alerts);
  }
}

/// One model for all: a call on each core where there are enough streams, else the cores together.
LoadedModel load_for(const WatchOptions& options, int workers, int threads) {
  LoadedModel model = load_model(options.model.weights, {.threads = std::max(1, threads / workers),
                                                         .load_threads = threads,
                                                         .precision = options.model.precision});
  model.scorer.require_score();
  return model;
}

std::optional<CameraTopic> shared_cameras(const WatchOptions& options) {
  if (options.cameras_topic.empty()) return std::nullopt;
  return std::optional<CameraTopic>(
      std::in_place,
      CameraTopicSettings{options.streams.kafka.cluster.settings(), options.cameras_topic,
                          options.group, options.streams.defaults(), options.allowed});
}

/// Watches what other machines leave to this one, and no longer what they take.
void follow(CameraTopic& cameras, Watcher& watcher, EventLog& log) {
  for (const CameraTopic::Change& change : cameras.poll()) {
    watcher.remove(change.name);
    if (!change.error.empty()) log.write("camera_refused", change.name, {{"reason", change.error}});
    if (change.camera) watcher.add(*change.camera);
  }
}

Exit watch(const WatchOptions& options) {
  const WatchConfig config = options.streams.config();
  const bool is_shared = !options.cameras_topic.empty();
  if (!is_shared) check_watch_config(config);
  const int threads = resolve_thread_count(options.model.threads);
  const int workers =
      is_shared ? threads : std::min(threads, static_cast<int>(config.streams.size()));
  EventLog log;
  log.add(std::make_shared<JsonLinesSink>(options.output));
  if (!config.hook.empty()) log.add(std::make_shared<HookSink>(config.hook));
  options.streams.add_mqtt_sink(log, options.quiet);
  options.streams.add_kafka_sink(log, options.quiet);
  const LoadedModel model = load_for(options, workers, threads);
  catch_interruptions();
  const auto begin = real_clock().now();
  Watcher watcher(config, stream_scorer(model.scorer), log, workers);
  std::optional<CameraTopic> cameras = shared_cameras(options);
  while (!is_interrupted() && (watcher.attend() || is_shared)) {
    if (cameras) follow(*cameras, watcher, log);
    if (options.duration > 0 && real_clock().seconds_since(begin) >= options.duration) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  cameras.reset();  // the others need not wait until the streams have ended
  watcher.stop();
  if (!options.quiet) say(watcher);
  std::size_t silent = 0;
  for (const auto& stream : watcher.streams()) {
    silent += stream->state().figures.received == 0 ? 1 : 0;
  }
  if (is_shared) return Exit::success;
  if (silent == config.streams.size()) return Exit::fatal;
  return silent > 0 ? Exit::some_failed : Exit::success;
}

}  // namespace

void add_watch_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<WatchOptions>();
  CLI::App* command =
      app.add_subcommand("watch", "Watch cameras: scores, outages and alerts as JSON lines");
  command->footer(
      "Each line of the output is an event: connected, disconnected, score, alert, clear, stale,\n"
      "fresh, frozen, moving, failed, ended, summary. Under load the newest frame of each stream\n"
      "is scored and those that it replaced are counted. Ctrl-C or SIGTERM ends it with a\n"
      "summary.\n"
      "A configuration file names streams and what differs between them:\n"
      "  {\"hook\": \"notify.sh\", \"alert\": {\"below\": 0.5, \"for\": 5},\n"
      "   \"streams\": [{\"name\": \"gate\", \"source\": \"rtsp://10.0.0.7/thermal\"}]}\n"
      "Exit codes: 0 stopped, or all files ended; 2 wrong usage, or no stream gave a frame;\n"
      "3 some streams never gave one.");
  command->add_option("source", options->streams.sources,
                      "RTSP or HTTP addresses, /dev/video0, video files, or a .json file of them");
  options->streams.add_options(*command);
  CLI::Option* const cameras =
      command
          ->add_option("--cameras-topic", options->cameras_topic,
                       "also this machine's share of the cameras in a Kafka topic")
          ->needs("--kafka");
  command->add_option("--group", options->group, "of the machines that share those cameras")
      ->needs(cameras)
      ->capture_default_str();
  command
      ->add_option("--allow", options->allowed,
                   "how sources in that topic may begin: /data/ lets them read there")
      ->needs(cameras);
  command->add_option("--duration", options->duration, "stop after so many seconds")
      ->check(CLI::NonNegativeNumber);
  command->add_option("-o,--output", options->output, "add events to this file");
  options->model.add_options(*command);
  command->add_flag("-q,--quiet", options->quiet, "no summary on standard error");
  command->callback([options, &result] { result = watch(*options); });
}

}  // namespace fliqe::tools
