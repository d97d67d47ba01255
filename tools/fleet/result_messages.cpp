// SPDX-License-Identifier: MIT
#include "fleet/result_messages.hpp"

#include <fliqe/version.hpp>

#include "io/json.hpp"
#include "kafka/event_messages.hpp"

namespace fliqe::tools {
namespace {

/// Beyond it a record is no job anyone can mend by looking at it.
constexpr std::size_t longest_excerpt = 1000;

std::string place_of(const KafkaRecord& record) {
  return record.from.topic + "/" + std::to_string(record.from.partition) + "/" +
         std::to_string(record.offset);
}

KafkaHeaders headers_of(const std::string& type, const FinishedJob& job, std::size_t index) {
  const std::string place = place_of(job.record);
  KafkaHeaders headers =
      cloud_event_headers(type, "fliqe/work", place + "/" + std::to_string(index));
  const auto trace = job.record.headers.find("traceparent");
  if (trace != job.record.headers.end()) headers.insert(*trace);
  return headers;
}

Json score_json(const RunDescription& run, const std::string& weights, const Outcome& outcome) {
  Json json{{"quality", rounded9(outcome.quality)},
            {"logit", rounded9(outcome.logit)},
            {"width", outcome.width},
            {"height", outcome.height}};
  if (!outcome.agc.empty()) json["agc"] = outcome.agc;
  if (!outcome.causes.empty()) json["causes"] = to_json(outcome.causes);
  json["sha256"] = outcome.sha256;
  json["weights_sha256"] = weights;
  json["precision"] = run.precision;
  json["isa"] = run.isa;
  json["fliqe"] = version;
  return json;
}

KafkaMessage bad_job_message(const ResultTopics& topics, const FinishedJob& job) {
  const Json json{{"code", "bad_job"},
                  {"error", job.error},
                  {"from", place_of(job.record)},
                  {"record", job.record.value.value_or("").substr(0, longest_excerpt)}};
  return {topics.dead, job.record.key, dump(json), headers_of("dead", job, 0)};
}

}  // namespace

std::vector<KafkaMessage> result_messages(const ResultTopics& topics, const RunDescription& run,
                                          const std::string& weights_sha256,
                                          const FinishedJob& job) {
  if (!job.error.empty()) return {bad_job_message(topics, job)};
  std::vector<KafkaMessage> messages;
  const Job& description = *job.description;
  for (std::size_t i = 0; i < job.outcomes.size(); ++i) {
    const Outcome& outcome = job.outcomes[i];
    const std::string& reference = description.references[i];
    Json json{{"job", description.name}, {"ref", reference}};
    if (!description.camera.empty()) json["camera"] = description.camera;
    if (outcome.is_scored()) {
      json.update(score_json(run, weights_sha256, outcome));
    } else {
      json.update(Json{{"code", outcome.code}, {"error", outcome.reason}});
    }
    const std::string key =
        description.camera.empty() ? description.name + "/" + reference : description.camera;
    messages.push_back({outcome.is_scored() ? topics.scores : topics.dead, key, dump(json),
                        headers_of(outcome.is_scored() ? "score" : "dead", job, i)});
  }
  return messages;
}

}  // namespace fliqe::tools
