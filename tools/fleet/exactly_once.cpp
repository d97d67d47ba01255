// SPDX-License-Identifier: MIT
#include "fleet/delivery.hpp"
#include "kafka/random_name.hpp"

namespace fliqe::tools {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t most_messages = 1000;  ///< of a transaction
constexpr seconds longest_transaction{5};
constexpr seconds longest_call{30};

class ExactlyOnce : public Delivery {
 public:
  ExactlyOnce(const KafkaSettings& settings, KafkaConsumer& consumer, const std::string& group)
      // Members of a group are told apart by the name; the group itself keeps them from working on
      // the same partition (KIP-447), so that it need not outlive the process.
      : consumer_(consumer), producer_(settings, group + "-" + random_name()) {
    producer_.prepare(seconds(60));
  }

  void send(const std::vector<KafkaMessage>& messages, const TopicPartition& partition,
            std::int64_t next) override {
    if (!is_begun_) {
      producer_.begin();
      is_begun_ = true;
      begin_ = std::chrono::steady_clock::now();
    }
    for (const KafkaMessage& message : messages) {
      while (!producer_.send(message)) static_cast<void>(producer_.poll(milliseconds(100)));
    }
    messages_ += messages.size();
    next_[partition] = next;
  }

  void attend() override {
    static_cast<void>(producer_.poll(milliseconds(0)));  // a commit tells of failures
    const bool is_due = messages_ >= most_messages ||
                        std::chrono::steady_clock::now() - begin_ >= longest_transaction;
    if (is_begun_ && is_due) commit(longest_call);
  }

  void complete(milliseconds longest) override {
    if (is_begun_) commit(longest);
  }

  void drop(const TopicPartition&) override {}

  bool recover() override {
    if (producer_.is_fatal()) return false;
    if (is_begun_) producer_.abort(longest_call);
    end();
    return true;
  }

  bool has_room() const override { return true; }
  bool is_complete() const override { return !is_begun_; }
  std::string problem() const override { return producer_.problem(); }

 private:
  void commit(milliseconds longest) {
    producer_.commit(consumer_, next_, longest);
    end();
  }

  void end() {
    is_begun_ = false;
    messages_ = 0;
    next_.clear();
  }

  KafkaConsumer& consumer_;
  KafkaProducer producer_;
  bool is_begun_ = false;
  std::chrono::steady_clock::time_point begin_{};
  std::size_t messages_ = 0;
  KafkaOffsets next_;
};

}  // namespace

std::unique_ptr<Delivery> make_exactly_once(const KafkaSettings& settings, KafkaConsumer& consumer,
                                            const std::string& group) {
  return std::make_unique<ExactlyOnce>(settings, consumer, group);
}

}  // namespace fliqe::tools
