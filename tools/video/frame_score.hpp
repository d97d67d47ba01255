// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "support/output.hpp"
#include "video/pooled_quality.hpp"

namespace fliqe::tools {

/// What is said of a frame.
struct FrameScore {
  std::size_t number = 0;
  double seconds = 0;
  double quality = 0;
  double smoothed = 0;  ///< mean of the last so many scores, this one included
  std::string agc{};
};

/// What is said of the whole run.
struct VideoSummary {
  std::string source, codec, weights, arithmetic;
  int width = 0, height = 0;
  std::size_t damaged = 0;
  std::size_t smoothing_window = 0;
  double threshold = 0.5;
  double scored_per_second = 0;
  std::string error;  ///< why the video ended early; empty when it did not
};

/// Writes scores in one format, frame by frame.
class FrameWriter {
 public:
  FrameWriter() = default;
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;
  virtual ~FrameWriter() = default;

  virtual void begin() {}
  virtual void entry(const FrameScore& score) = 0;
  virtual void end(const VideoSummary&, const PooledQuality&) {}
};

/// @param format  "csv", "json", "jsonl" (each line is written at once) or "srt", "vtt" (subtitles)
std::unique_ptr<FrameWriter> make_frame_writer(const std::string& format, Output& output);

}  // namespace fliqe::tools
