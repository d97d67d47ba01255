// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/interruption.hpp"
#include "commands/commands.hpp"
#include "fetch/references.hpp"
#include "fleet/job_builder.hpp"
#include "io/inputs.hpp"
#include "kafka/camera_topic.hpp"
#include "kafka/kafka_output.hpp"
#include "watch/event_log.hpp"

namespace fliqe::tools {
namespace {

struct EnqueueOptions {
  KafkaOptions cluster;
  std::vector<std::string> inputs;
  std::string list;
  bool recursive = false;
  std::string topic = "fliqe.jobs";
  Job job;
  std::size_t references = 64;
  std::string cameras, cameras_topic = "fliqe.cameras";
  std::vector<std::string> removed;
  bool quiet = false;
};

Exit enqueue_cameras(const EnqueueOptions& options) {
  std::vector<KafkaMessage> messages;
  if (!options.cameras.empty()) {
    messages = camera_messages(options.cameras_topic, options.cameras);
  }
  for (const std::string& name : options.removed) {
    messages.push_back(camera_tombstone(options.cameras_topic, name));
  }
  KafkaOutput queue(options.cluster.settings());
  for (const KafkaMessage& each : messages) queue.send(each);
  queue.finish();
  if (!options.quiet) std::fprintf(stderr, "fliqe: %zu cameras written\n", messages.size());
  return Exit::success;
}

Exit enqueue_pictures(const EnqueueOptions& options) {
  const std::vector<std::string> inputs = with_listed(options.inputs, options.list);
  require(!inputs.empty(), ErrorCode::invalid_argument,
          "nothing to enqueue: name files, folders, URLs or s3://bucket/folder");
  catch_interruptions();
  KafkaOutput queue(options.cluster.settings());
  Job job = options.job;
  if (job.name.empty()) job.name = utc_now();
  JobBuilder builder(options.topic, job, options.references);
  BucketLister lister;
  std::size_t pictures = 0, failed = 0;
  for (const std::string& input : inputs) {
    const bool is_complete =
        for_each_reference(input, options.recursive, lister, [&](Input&& reference) {
          if (!reference.error.empty()) {
            std::fprintf(stderr, "fliqe: %s\n", reference.error.c_str());
            ++failed;
          } else {
            ++pictures;
            if (const auto message = builder.add(reference.path)) queue.send(*message);
          }
          return !is_interrupted();
        });
    if (!is_complete) break;
  }
  if (const auto message = builder.rest()) queue.send(*message);
  queue.finish();
  if (!options.quiet) {
    std::fprintf(stderr, "fliqe: %zu pictures in %zu jobs, %zu inputs failed\n", pictures,
                 queue.sent(), failed);
  }
  if (is_interrupted()) return Exit::interrupted;
  return failed > 0 ? Exit::some_failed : Exit::success;
}

}  // namespace

void add_enqueue_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<EnqueueOptions>();
  CLI::App* command = app.add_subcommand("enqueue", "Write jobs for `fliqe work` to a Kafka topic");
  command->footer(
      "Jobs name pictures; workers must be able to read them under the same paths or URLs.\n"
      "Exit codes: 0 done; 2 wrong usage or a fatal error; 3 some inputs yielded no pictures; 130\n"
      "interrupted.");
  command->add_option("inputs", options->inputs,
                      "files, folders, patterns in quotes, URLs, s3://bucket/folder");
  command->add_option("--files-from", options->list,
                      "also what this file names, one a line; - for standard input");
  command->add_flag("-r,--recursive", options->recursive, "go into folders of folders");
  options->cluster.add_options(*command, "brokers that take the jobs")->required();
  command->add_option("--jobs", options->topic, "topic of jobs")->capture_default_str();
  command->add_option("--job", options->job.name,
                      "name of the run, part of every result; default: the time");
  command->add_option("--camera", options->job.camera,
                      "whose pictures these are: results stay in their order");
  command->add_option("--agc", options->job.agc, "for these pictures, as for `fliqe score`");
  command->add_option("--refs", options->references, "pictures of a job")
      ->check(CLI::Range(std::size_t{1}, Job::most_references))
      ->capture_default_str();
  command->add_option("--cameras", options->cameras,
                      "instead of pictures: write the streams of this configuration of `fliqe "
                      "watch` to the topic of cameras");
  command->add_option("--remove-camera", options->removed, "... and remove those of these names");
  command->add_option("--cameras-topic", options->cameras_topic, "topic of cameras")
      ->capture_default_str();
  command->add_flag("-q,--quiet", options->quiet, "no summary on standard error");
  command->callback([options, &result] {
    const bool has_cameras = !options->cameras.empty() || !options->removed.empty();
    result = has_cameras ? enqueue_cameras(*options) : enqueue_pictures(*options);
  });
}

}  // namespace fliqe::tools
