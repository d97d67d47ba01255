// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "fleet/job_board.hpp"
#include "kafka/kafka_message.hpp"
#include "report/score_writer.hpp"

namespace fliqe::tools {

struct ResultTopics {
  std::string scores = "fliqe.scores";
  std::string dead = "fliqe.dead";  ///< for what has no score
};

/// A message for each picture of a job, in their order; one dead letter for a record that is no
/// job. Each has the same identity whenever it is sent: TOPIC/PARTITION/OFFSET/INDEX of what it
/// answers.
/// @param weights_sha256  of the weights in use
std::vector<KafkaMessage> result_messages(const ResultTopics& topics, const RunDescription& run,
                                          const std::string& weights_sha256,
                                          const FinishedJob& job);

}  // namespace fliqe::tools
