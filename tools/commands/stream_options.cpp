// SPDX-License-Identifier: MIT
#include "commands/stream_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

namespace fliqe::tools {
namespace {

bool is_config(const std::string& source) {
  return source.ends_with(".json") && source.find("://") == source.npos;
}

}  // namespace

StreamConfig StreamOptions::defaults() const {
  StreamConfig config = stream;
  config.smoothing = smoothing_from_string(smoothing);
  config.alert.clear_above = std::min(1.0, config.alert.below + gap);
  return config;
}

WatchConfig StreamOptions::config() const {
  WatchConfig config;
  config.hook = hook;
  StreamConfig each = defaults();
  for (const std::string& source : sources) {
    if (is_config(source)) {
      config = read_watch_config(source, std::move(config), each);
      continue;
    }
    each.source = source;
    each.name = default_stream_name(source);
    config.streams.push_back(each);
  }
  return config;
}

std::shared_ptr<MqttSink> StreamOptions::add_mqtt_sink(EventLog& log, bool is_quiet) const {
  if (!mqtt.url) return nullptr;
  auto sink = std::make_shared<MqttSink>(mqtt.settings(), is_quiet);
  log.add(sink);
  return sink;
}

std::shared_ptr<KafkaSink> StreamOptions::add_kafka_sink(EventLog& log, bool is_quiet) const {
  if (!kafka.cluster.brokers) return nullptr;
  auto sink = std::make_shared<KafkaSink>(kafka.settings(), is_quiet);
  log.add(sink);
  return sink;
}

void StreamOptions::add_options(CLI::App& command) {
  command.add_option("--window", stream.smoothing_window, "scores that are smoothed over")
      ->check(CLI::Range(std::size_t{1}, SmoothingWindow::max_size))
      ->capture_default_str();
  command.add_option("--smoothing", smoothing, "mean or exponential")
      ->check(CLI::IsMember({"mean", "exponential"}))
      ->capture_default_str();
  command
      .add_option("--interval", stream.interval,
                  "seconds between two score events of a stream; 0: every frame")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  AlertRule& alert = stream.alert;
  command.add_option("--below", alert.below, "alert when the smoothed quality lies below this")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--for", alert.seconds, "... for so many seconds")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--gap", gap, "how far above the limit an alert is over")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--hook", hook,
                     "shell command for alerts; it reads the event from standard input");
  mqtt.add_options(command);
  kafka.add_options(command);
  command.add_option("--stale", stream.stale_after, "seconds without a frame; 0: never")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      .add_option("--frozen", stream.frozen_after,
                  "seconds without a change of the picture; 0: never. Frozen frames, as of a\n"
                  "camera during its flat-field correction, are not scored")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      .add_option("--timeout", stream.reading.timeout, "seconds to wait for a network or a device")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  command.add_option("--input-option", stream.reading.input_options,
                     "NAME=VALUE for FFmpeg's reader: rtsp_transport=udp, video_size=640x480");
  command
      .add_option("--agc", stream.reading.thermal.agc,
                  "how grey video of 16 bits becomes grey levels")
      ->capture_default_str();
  command.add_option("--every", stream.every, "look at one of so many frames")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command.add_flag("--keyframes-only", stream.reading.keyframes_only,
                   "decode key frames alone, which takes a fraction of the time");
  command.add_flag("--realtime", stream.realtime, "read files at their own speed");
}

}  // namespace fliqe::tools
