// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "kafka/kafka_sink.hpp"
#include "video/frame_score.hpp"

namespace fliqe::tools {

/// Sends the score of each frame to a Kafka topic, as KafkaSink does; waits for the cluster instead
/// of dropping any.
/// @param video    names the video, and is the key
/// @param window   that scores are smoothed over
/// @throws Error `no_such_capability` when this program was built without Kafka
std::unique_ptr<FrameWriter> make_kafka_frames(const KafkaSinkSettings& settings,
                                               const std::string& video, std::size_t window);

}  // namespace fliqe::tools
