// SPDX-License-Identifier: MIT
#include <fliqe/base/error.hpp>

#include "kafka/kafka_consumer.hpp"
#include "kafka/kafka_producer.hpp"

namespace fliqe::tools {
namespace {

[[noreturn]] void fail() {
  throw Error(ErrorCode::no_such_capability,
              "--kafka: this program was built without Kafka: install librdkafka-dev and build "
              "again");
}

}  // namespace

struct KafkaProducer::Native {};
struct KafkaConsumer::Native {};

KafkaProducer::KafkaProducer(const KafkaSettings&, const std::string&) {
  fail();
}
KafkaProducer::~KafkaProducer() = default;
bool KafkaProducer::send(const KafkaMessage&, std::uint64_t) {
  fail();
}
std::vector<KafkaProducer::Report> KafkaProducer::poll(std::chrono::milliseconds) {
  fail();
}
bool KafkaProducer::flush(std::chrono::milliseconds) {
  fail();
}
std::string KafkaProducer::problem() const {
  fail();
}
void KafkaProducer::prepare(std::chrono::milliseconds) {
  fail();
}
void KafkaProducer::begin() {
  fail();
}
void KafkaProducer::commit(const KafkaConsumer&, const KafkaOffsets&, std::chrono::milliseconds) {
  fail();
}
void KafkaProducer::abort(std::chrono::milliseconds) {
  fail();
}
bool KafkaProducer::is_fatal() const {
  fail();
}

KafkaConsumer::KafkaConsumer(const KafkaSettings&, const std::string&, PartitionListener) {
  fail();
}
KafkaConsumer::~KafkaConsumer() = default;
void KafkaConsumer::join(const std::string&, bool) {
  fail();
}
void KafkaConsumer::read_all(const std::string&, std::chrono::milliseconds,
                             const std::function<void(KafkaRecord&&)>&) {
  fail();
}
std::optional<KafkaRecord> KafkaConsumer::poll(std::chrono::milliseconds) {
  fail();
}
void KafkaConsumer::pause(bool) {
  fail();
}
void KafkaConsumer::store(const TopicPartition&, std::int64_t) {
  fail();
}
void KafkaConsumer::close() {
  fail();
}
void KafkaConsumer::rewind(std::chrono::milliseconds) {
  fail();
}
std::size_t KafkaConsumer::partitions() const {
  fail();
}
KafkaOffsets KafkaConsumer::lag() const {
  fail();
}
std::string KafkaConsumer::problem() const {
  fail();
}

}  // namespace fliqe::tools
