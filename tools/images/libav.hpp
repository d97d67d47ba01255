// SPDX-License-Identifier: MIT
#pragma once

// FFmpeg's libraries with owners for what they allocate; only the libav_ sources include this.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <memory>
#include <string>

namespace fliqe::tools {

struct FreeLibav {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVDictionary* settings) const { av_dict_free(&settings); }
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};

/// For a file that is written, not read.
struct FreeOutput {
  void operator()(AVFormatContext* context) const { avformat_free_context(context); }
};

template <class T, class Deleter = FreeLibav>
using Owned = std::unique_ptr<T, Deleter>;

inline std::string libav_reason(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

}  // namespace fliqe::tools
