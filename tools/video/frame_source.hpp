// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <fliqe/image/image_view.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pictures/picture.hpp"

namespace fliqe::tools {

/// A frame of a video.
struct VideoFrame {
  std::size_t number = 0;  ///< from 0, at the beginning of the video
  double seconds = 0;      ///< since then
  Image image;
  std::string agc{};  ///< what made it from counts; empty for video in 8 bits
};

/// What is known of a video before it is decoded; 0 where nothing is.
struct VideoInfo {
  std::string codec;
  int width = 0, height = 0;
  double frames_per_second = 0;
  double seconds = 0;
};

/// Frames one after the other.
class FrameSource {
 public:
  FrameSource() = default;
  FrameSource(const FrameSource&) = delete;
  FrameSource& operator=(const FrameSource&) = delete;
  virtual ~FrameSource() = default;

  virtual const VideoInfo& info() const noexcept = 0;
  /// Nothing after the last frame. @throws Error
  virtual std::optional<VideoFrame> next() = 0;
  /// Parts that could not be decoded and were left out, so far.
  virtual std::size_t damaged() const noexcept { return 0; }
};

struct SourceOptions {
  ThermalOptions thermal;
  double agc_damping = 0.9;  ///< as StreamAgc has it
  double start = 0;          ///< seconds to begin at
  /// Frames that need no other to be decoded, and no others: decoding takes most of the time of a
  /// stream, and key frames alone a fraction of it.
  bool keyframes_only = false;
  double timeout = 10;  ///< seconds without anything from a network or a device
  /// For FFmpeg's libraries, "name=value": rtsp_transport=udp, video_size=640x480, ...
  std::vector<std::string> input_options{};
  /// Ends every call that waits, with an error, once it is true.
  const std::atomic<bool>* stopped = nullptr;
};

/// Opens a video file, an RTSP or HTTP address, a device (/dev/video0), a pattern of numbered
/// pictures (frame%04d.png), a FLIR SEQ or CSQ file, or a TIFF file of several pages. The contents
/// tell the last two.
/// @throws Error `io`, `unsupported_format`, or `no_such_capability` in a build without libav
std::unique_ptr<FrameSource> open_frame_source(const std::string& source,
                                               const SourceOptions& options);

/// Whether it goes on for ever: a network's or a device's, not a file's.
bool is_live(const std::string& source);

/// The same without what must not be seen: user and password of an address.
std::string without_credentials(const std::string& source);

}  // namespace fliqe::tools
