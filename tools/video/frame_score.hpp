// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_view.hpp>
#include <memory>
#include <string>

#include "app/causes.hpp"
#include "video/frame_source.hpp"
#include "video/pooled_quality.hpp"

namespace fliqe::tools {

/// What is said of a frame.
struct FrameScore {
  std::size_t number = 0;
  double seconds = 0;
  double quality = 0;
  double smoothed = 0;  ///< over the last so many scores, this one included
  std::string agc{};
  Causes causes{};  ///< when the quality is below the threshold
};

/// What is said of the whole run.
struct VideoSummary {
  std::string source, codec, weights, arithmetic;
  int width = 0, height = 0;
  std::size_t damaged = 0;
  std::size_t smoothing_window = 0;
  std::string smoothing;
  double threshold = 0.5;
  double scored_per_second = 0;
  std::string error;  ///< why the video ended early; empty when it did not
};

/// Makes one result of a run, frame by frame. What end() has not completed leaves no file behind.
class FrameWriter {
 public:
  FrameWriter() = default;
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;
  virtual ~FrameWriter() = default;

  /// A frame that was scored.
  virtual void entry(const FrameScore& score, const Image& frame) = 0;
  /// Whether between() is of use.
  virtual bool wants_all_frames() const { return false; }
  /// A frame that was left out.
  virtual void between(const VideoFrame&) {}
  virtual void end(const VideoSummary&, const PooledQuality&) = 0;
};

/// @param format  "csv", "json", "jsonl" (each line is written at once) or "srt", "vtt" (subtitles)
/// @param path    as for Output
std::unique_ptr<FrameWriter> make_frame_writer(const std::string& format, const std::string& path);

}  // namespace fliqe::tools
