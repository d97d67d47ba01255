// SPDX-License-Identifier: MIT
#include "fleet/job_builder.hpp"

#include <utility>

namespace fliqe::tools {

JobBuilder::JobBuilder(std::string topic, Job job, std::size_t references)
    : topic_(std::move(topic)), job_(std::move(job)), most_(references) {}

std::optional<KafkaMessage> JobBuilder::add(const std::string& reference) {
  std::optional<KafkaMessage> full = job_.references.size() == most_ ? rest() : std::nullopt;
  job_.references.push_back(reference);
  return full;
}

std::optional<KafkaMessage> JobBuilder::rest() {
  if (job_.references.empty()) return std::nullopt;
  const std::string number = job_.name + "/" + std::to_string(++jobs_);
  KafkaMessage message = job_message(topic_, job_, job_.camera.empty() ? number : job_.camera);
  job_.references.clear();
  return message;
}

}  // namespace fliqe::tools
