// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "fleet/job.hpp"

namespace fliqe::tools {

/// Makes jobs of references that come one after the other. Those of a camera have it as their key,
/// which keeps their order; others spread evenly.
class JobBuilder {
 public:
  /// @param job         what all jobs say
  /// @param references  of a job, at most
  JobBuilder(std::string topic, Job job, std::size_t references);

  /// @return the job that is full, without this reference
  std::optional<KafkaMessage> add(const std::string& reference);
  /// The last job, if there is one.
  std::optional<KafkaMessage> rest();

 private:
  std::string topic_;
  Job job_;
  std::size_t most_;
  std::size_t jobs_ = 0;
};

}  // namespace fliqe::tools
