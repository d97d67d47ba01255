// SPDX-License-Identifier: MIT
#include "kafka/kafka_frames.hpp"

#include "kafka/event_messages.hpp"
#include "kafka/kafka_output.hpp"
#include "watch/event_log.hpp"

namespace fliqe::tools {
namespace {

class KafkaFrames : public FrameWriter {
 public:
  KafkaFrames(const KafkaSinkSettings& settings, const std::string& video, std::size_t window)
      : settings_(settings), video_(video), window_(window), output_(settings.cluster) {}

  void entry(const FrameScore& score, const Image&) override {
    const Event event = stamped_event("score", video_,
                                      {{"frame", score.number},
                                       {"seconds", rounded9(score.seconds)},
                                       {"raw_image_quality", rounded9(score.quality)},
                                       {"smoothed_image_quality", rounded9(score.smoothed)},
                                       {"smoothing_window", window_}});
    output_.send(settings_.is_original
                     ? *original_message(settings_.topic, event)
                     : event_message(settings_.topic, event,
                                     video_ + "/" + std::to_string(score.number) + "/" + begin_));
  }

  void end(const VideoSummary&, const PooledQuality&) override { output_.finish(); }

 private:
  KafkaSinkSettings settings_;
  std::string video_, begin_ = utc_now();
  std::size_t window_;
  KafkaOutput output_;
};

}  // namespace

std::unique_ptr<FrameWriter> make_kafka_frames(const KafkaSinkSettings& settings,
                                               const std::string& video, std::size_t window) {
  return std::make_unique<KafkaFrames>(settings, video, window);
}

}  // namespace fliqe::tools
