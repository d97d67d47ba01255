// SPDX-License-Identifier: MIT
#include "kafka/kafka_frames.hpp"

#include <fliqe/base/error.hpp>

#include "kafka/event_messages.hpp"
#include "kafka/kafka_producer.hpp"
#include "watch/event_log.hpp"

namespace fliqe::tools {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds longest_silence{60};

class KafkaFrames : public FrameWriter {
 public:
  KafkaFrames(const KafkaSinkSettings& settings, const std::string& video, std::size_t window)
      : settings_(settings), video_(video), window_(window), producer_(settings.cluster) {}

  void entry(const FrameScore& score, const Image&) override {
    const Event event = stamped_event("score", video_,
                                      {{"frame", score.number},
                                       {"seconds", rounded9(score.seconds)},
                                       {"raw_image_quality", rounded9(score.quality)},
                                       {"smoothed_image_quality", rounded9(score.smoothed)},
                                       {"smoothing_window", window_}});
    send(settings_.is_original
             ? *original_message(settings_.topic, event)
             : event_message(settings_.topic, event,
                             video_ + "/" + std::to_string(score.number) + "/" + begin_));
    ++under_way_;
    hear(milliseconds(0));
  }

  void end(const VideoSummary&, const PooledQuality&) override {
    while (under_way_ > 0) wait();
  }

 private:
  void send(const KafkaMessage& message) {
    while (!producer_.send(message)) wait();
  }

  /// @throws Error `io` when the cluster is silent for too long
  void wait() {
    const std::size_t before = under_way_;
    const auto end = std::chrono::steady_clock::now() + longest_silence;
    while (under_way_ == before) {
      require(std::chrono::steady_clock::now() < end, ErrorCode::io,
              "Kafka: " + std::to_string(under_way_) + " scores could not be sent: " +
                  (producer_.problem().empty() ? "no answer" : producer_.problem()));
      hear(milliseconds(100));
    }
  }

  void hear(milliseconds longest) {
    for (const KafkaProducer::Report& report : producer_.poll(longest)) {
      require(report.failure.empty(), ErrorCode::io, "Kafka: " + report.failure);
      --under_way_;
    }
  }

  KafkaSinkSettings settings_;
  std::string video_, begin_ = utc_now();
  std::size_t window_;
  KafkaProducer producer_;
  std::size_t under_way_ = 0;
};

}  // namespace

std::unique_ptr<FrameWriter> make_kafka_frames(const KafkaSinkSettings& settings,
                                               const std::string& video, std::size_t window) {
  return std::make_unique<KafkaFrames>(settings, video, window);
}

}  // namespace fliqe::tools
