// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/kafka_message.hpp"

namespace fliqe::tools {

/// Pictures that one worker scores.
struct Job {
  static constexpr std::size_t most_references = 256;

  std::string name;                     ///< of the whole run that it is part of; empty: none
  std::vector<std::string> references;  ///< file:, https: or s3: addresses
  std::string camera{};                 ///< whose scores keep their order; empty: none
  std::string agc{};                    ///< as for `fliqe score`; empty: the worker's

  bool operator==(const Job&) const = default;
};

/// {"job": NAME, "refs": [...], "camera": ..., "agc": ...}. Unknown members are left out.
/// @throws Error `invalid_argument` or `corrupt_file` naming the member that is wrong
Job parse_job(std::string_view text);

/// The same backwards, under the key that keeps the pictures of a camera or folder together.
KafkaMessage job_message(const std::string& topic, const Job& job, const std::string& key);

}  // namespace fliqe::tools
