// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kafka/kafka_consumer.hpp"
#include "kafka/kafka_message.hpp"
#include "kafka/kafka_options.hpp"

namespace fliqe::tools {

/// Sends messages, each once and in order, to a cluster that may be away for a while. For one
/// thread at a time.
class KafkaProducer {
 public:
  /// @param transaction  name of a producer of transactions; empty: none
  /// @throws Error `invalid_argument` naming the property that is wrong, `no_such_capability` when
  ///         this program was built without Kafka
  explicit KafkaProducer(const KafkaSettings& settings, const std::string& transaction = "");
  KafkaProducer(const KafkaProducer&) = delete;
  KafkaProducer& operator=(const KafkaProducer&) = delete;
  /// What has not been delivered is lost.
  ~KafkaProducer();

  /// @param tag  tells reports apart
  /// @return false when there is no room. @throws Error `io` when no cluster would take it
  bool send(const KafkaMessage& message, std::uint64_t tag = 0);

  /// What became of a message.
  struct Report {
    std::uint64_t tag = 0;
    std::string failure;  ///< empty: it is stored
  };
  /// Waits for the first report since the last call, or none; returns them all.
  std::vector<Report> poll(std::chrono::milliseconds longest);
  /// Sends what waits. False when time runs out first.
  bool flush(std::chrono::milliseconds longest);

  /// Why the cluster is out of reach; empty when it is not, as far as known.
  std::string problem() const;

  /// Transactions. @throws Error `io`; is_fatal() tells whether abort() can mend it
  void prepare(std::chrono::milliseconds longest);
  void begin();
  /// Makes what was sent since begin() and the reader's offsets visible together.
  void commit(const KafkaConsumer& reader, const KafkaOffsets& next,
              std::chrono::milliseconds longest);
  void abort(std::chrono::milliseconds longest);
  bool is_fatal() const;

 private:
  struct Native;
  std::unique_ptr<Native> native_;
};

}  // namespace fliqe::tools
