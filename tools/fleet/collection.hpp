// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>

#include "io/json.hpp"
#include "io/output.hpp"
#include "kafka/kafka_message.hpp"

namespace fliqe::tools {

/// Writes results of `fliqe work` as a table, each once however often it was sent.
class Collection {
 public:
  /// @param format  "jsonl": the messages as they are; "csv"
  Collection(const std::string& format, Output& output);

  /// A record of the topic of scores or of dead letters.
  void add(const KafkaRecord& record);

  std::size_t scored() const noexcept { return scored_; }
  std::size_t dead() const noexcept { return dead_; }
  std::size_t repeated() const noexcept { return repeated_; }
  std::size_t foreign() const noexcept { return foreign_; }  ///< records that are no result

 private:
  /// Of what makes two results the same; short, since there may be 10^8 of them.
  using Digest = std::array<std::uint64_t, 2>;
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const noexcept { return digest[0]; }
  };
  static Digest identity(const Json& result);

  bool is_csv_;
  Output& output_;
  std::unordered_set<Digest, DigestHash> known_;
  std::size_t scored_ = 0, dead_ = 0, repeated_ = 0, foreign_ = 0;
};

}  // namespace fliqe::tools
