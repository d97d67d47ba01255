// SPDX-License-Identifier: MIT
#include "fleet/job.hpp"

#include <fliqe/base/error.hpp>
#include <fliqe/thermal/agc.hpp>

#include "io/json_text.hpp"

namespace fliqe::tools {
namespace {

[[noreturn]] void fail(const std::string& member, const std::string& expected, const Json& found) {
  throw Error(ErrorCode::invalid_argument,
              "job: " + member + ": expected " + expected + ", found " + excerpt(found));
}

std::string text(const Json& value, const std::string& member) {
  if (!value.is_string() || value.get<std::string>().empty()) fail(member, "words", value);
  return value.get<std::string>();
}

std::string optional_text(const Json& job, const char* member) {
  return job.contains(member) ? text(job.at(member), member) : "";
}

}  // namespace

Job parse_job(std::string_view written) {
  const Json json = parse_json(written, "job");
  if (!json.is_object()) fail("all of it", "an object", json);
  Job job;
  job.name = optional_text(json, "job");
  job.camera = optional_text(json, "camera");
  job.agc = optional_text(json, "agc");
  if (!job.agc.empty()) static_cast<void>(agc_from_string(job.agc));
  const Json references = json.value("refs", Json());
  if (!references.is_array() || references.empty() || references.size() > Job::most_references) {
    fail("refs", "an array of 1 to " + std::to_string(Job::most_references) + " addresses",
         references);
  }
  for (const Json& each : references) job.references.push_back(text(each, "refs"));
  return job;
}

KafkaMessage job_message(const std::string& topic, const Job& job, const std::string& key) {
  Json json{{"refs", job.references}};
  if (!job.name.empty()) json["job"] = job.name;
  if (!job.camera.empty()) json["camera"] = job.camera;
  if (!job.agc.empty()) json["agc"] = job.agc;
  return {topic, key, dump(json)};
}

}  // namespace fliqe::tools
