// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "commands/commands.hpp"
#include "fleet/collection.hpp"
#include "fleet/result_messages.hpp"
#include "io/output.hpp"
#include "kafka/kafka_consumer.hpp"

namespace fliqe::tools {
namespace {

struct CollectOptions {
  KafkaOptions cluster;
  ResultTopics topics;
  std::string format = "jsonl";
  std::string output;
  double timeout = 30;
  bool quiet = false;
};

Exit collect(const CollectOptions& options) {
  KafkaConsumer consumer(options.cluster.settings(), "");
  Output output(options.output);
  Collection collection(options.format, output);
  const std::chrono::milliseconds timeout(static_cast<int>(1000 * options.timeout));
  for (const std::string& topic : {options.topics.scores, options.topics.dead}) {
    if (topic.empty()) continue;
    consumer.read_all(topic, timeout, [&](KafkaRecord&& record) { collection.add(record); });
  }
  output.commit();
  if (!options.quiet) {
    std::fprintf(stderr,
                 "fliqe: %zu scores, %zu dead letters; %zu repetitions and %zu foreign records "
                 "left out\n",
                 collection.scored(), collection.dead(), collection.repeated(),
                 collection.foreign());
  }
  return collection.dead() > 0 ? Exit::some_failed : Exit::success;
}

}  // namespace

void add_collect_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<CollectOptions>();
  CLI::App* command =
      app.add_subcommand("collect", "Write what `fliqe work` has answered so far as one table");
  command->footer(
      "Reads both topics from their begin to their present end. Results that were sent several\n"
      "times are written once.\n"
      "Exit codes: 0 done; 2 wrong usage or a fatal error; 3 done, and some pictures have no "
      "score.");
  options->cluster.add_options(*command, "brokers that have the scores")->required();
  command->add_option("--scores", options->topics.scores, "topic of scores")->capture_default_str();
  command
      ->add_option("--dead", options->topics.dead,
                   "topic of pictures that have none; '' leaves it out")
      ->capture_default_str();
  command->add_option("--format", options->format, "jsonl or csv")
      ->check(CLI::IsMember({"jsonl", "csv"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "write results to this file");
  command->add_option("--timeout", options->timeout, "seconds to wait for an answer")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  command->add_flag("-q,--quiet", options->quiet, "no summary on standard error");
  command->callback([options, &result] { result = collect(*options); });
}

}  // namespace fliqe::tools
