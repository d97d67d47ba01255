// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fliqe/image/resize.hpp>
#include <optional>
#include <utility>

#include "images/canvas.hpp"
#include "images/libav.hpp"
#include "video/annotated_video.hpp"

namespace fliqe::tools {
namespace {

/// Bytes that FFmpeg's fast paths may read beyond a picture's end.
constexpr std::size_t padding = 64;

/// Encodes rgb8 pictures of one size into a file that appears under its name when it is complete.
class VideoFile {
 public:
  VideoFile(const std::string& path, int width, int height, double frames_per_second)
      : path_(path), temporary_(path + ".part") {
    AVFormatContext* context = nullptr;
    avformat_alloc_output_context2(&context, nullptr, nullptr, path.c_str());
    if (context == nullptr) {
      fail(ErrorCode::unsupported_format,
           "expected a video file's ending (.mp4, .mkv, .avi, ...), found none that is known");
    }
    format_.reset(context);
    // Encoders take even sizes only: an odd one grows by a row or column of black.
    open_encoder(width + width % 2, height + height % 2, frames_per_second);
    const int opened = avio_open(&format_->pb, temporary_.c_str(), AVIO_FLAG_WRITE);
    check(opened, "cannot write");
    check(avformat_write_header(format_.get(), nullptr), "cannot begin");
    packet_.reset(av_packet_alloc());
    if (!packet_) throw std::bad_alloc();
  }

  VideoFile(const VideoFile&) = delete;
  VideoFile& operator=(const VideoFile&) = delete;

  ~VideoFile() {
    if (format_ && format_->pb != nullptr) {
      avio_closep(&format_->pb);
      std::remove(temporary_.c_str());
    }
  }

  /// The pixels are padded for FFmpeg.
  void write(Image&& image, double seconds) {
    image.pixels.resize(image.pixels.size() + padding);
    if (av_frame_make_writable(frame_.get()) < 0) throw std::bad_alloc();
    scaler_.reset(sws_getCachedContext(scaler_.release(), image.width, image.height,
                                       AV_PIX_FMT_RGB24, image.width, image.height,
                                       AV_PIX_FMT_YUV420P, SWS_BICUBIC, nullptr, nullptr, nullptr));
    if (!scaler_) throw std::bad_alloc();
    const std::uint8_t* const planes[] = {image.pixels.data()};
    const int strides[] = {3 * image.width};
    sws_scale(scaler_.get(), planes, strides, 0, image.height, frame_->data, frame_->linesize);
    // Times must grow; a source may repeat one.
    const auto wanted = static_cast<std::int64_t>(std::llround(seconds * codec_->time_base.den));
    frame_->pts = last_ ? std::max(wanted, *last_ + 1) : wanted;
    last_ = frame_->pts;
    encode(frame_.get());
  }

  void finish() {
    encode(nullptr);
    check(av_write_trailer(format_.get()), "cannot end");
    check(avio_closep(&format_->pb), "cannot write");
    std::filesystem::rename(temporary_, path_);
  }

 private:
  [[noreturn]] void fail(ErrorCode code, const std::string& what) const {
    throw Error(code, path_ + ": " + what);
  }
  void check(int code, const char* what) const {
    if (code < 0) fail(ErrorCode::io, std::string(what) + ": " + libav_reason(code));
  }

  void open_encoder(int width, int height, double frames_per_second) {
    const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
    if (codec == nullptr) codec = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
    if (codec == nullptr) fail(ErrorCode::no_such_capability, "FFmpeg has no encoder for video");
    codec_.reset(avcodec_alloc_context3(codec));
    stream_ = avformat_new_stream(format_.get(), nullptr);
    frame_.reset(av_frame_alloc());
    if (!codec_ || stream_ == nullptr || !frame_) throw std::bad_alloc();
    codec_->width = width;
    codec_->height = height;
    codec_->pix_fmt = AV_PIX_FMT_YUV420P;
    codec_->colorspace = AVCOL_SPC_SMPTE170M;  // what the scaler makes
    codec_->color_range = AVCOL_RANGE_MPEG;
    // MPEG-4 counts time in 16 bits.
    codec_->time_base = {1, codec->id == AV_CODEC_ID_MPEG4 ? 1000 : 90000};
    if (frames_per_second > 0) codec_->framerate = av_d2q(frames_per_second, 100000);
    codec_->thread_count = 1;  // the other cores score
    AVDictionary* settings = nullptr;
    if (codec->id == AV_CODEC_ID_MPEG4) {
      codec_->flags |= AV_CODEC_FLAG_QSCALE;
      codec_->global_quality = 3 * FF_QP2LAMBDA;
    } else {
      av_dict_set(&settings, "preset", "veryfast", 0);
      av_dict_set(&settings, "crf", "20", 0);
    }
    if ((format_->oformat->flags & AVFMT_GLOBALHEADER) != 0) {
      codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    }
    const int opened = avcodec_open2(codec_.get(), codec, &settings);
    av_dict_free(&settings);
    check(opened, "cannot encode");
    stream_->time_base = codec_->time_base;
    stream_->avg_frame_rate = codec_->framerate;
    check(avcodec_parameters_from_context(stream_->codecpar, codec_.get()), "cannot encode");
    frame_->format = codec_->pix_fmt;
    frame_->width = width;
    frame_->height = height;
    check(av_frame_get_buffer(frame_.get(), 0), "cannot encode");
    const std::ptrdiff_t strides[] = {frame_->linesize[0], frame_->linesize[1],
                                      frame_->linesize[2]};
    av_image_fill_black(frame_->data, strides, codec_->pix_fmt, codec_->color_range, width, height);
  }

  /// @param frame  null: whatever the encoder still holds
  void encode(AVFrame* frame) {
    check(avcodec_send_frame(codec_.get(), frame), "cannot encode");
    while (true) {
      const int received = avcodec_receive_packet(codec_.get(), packet_.get());
      if (received == AVERROR(EAGAIN) || received == AVERROR_EOF) return;
      check(received, "cannot encode");
      av_packet_rescale_ts(packet_.get(), codec_->time_base, stream_->time_base);
      packet_->stream_index = stream_->index;
      check(av_interleaved_write_frame(format_.get(), packet_.get()), "cannot write");
    }
  }

  std::string path_, temporary_;
  Owned<AVFormatContext, FreeOutput> format_;
  Owned<AVCodecContext> codec_;
  Owned<AVFrame> frame_;
  Owned<AVPacket> packet_;
  Owned<SwsContext> scaler_;
  AVStream* stream_ = nullptr;
  std::optional<std::int64_t> last_;  ///< time of the last picture
};

class AnnotatedVideo : public FrameWriter {
 public:
  AnnotatedVideo(const std::string& path, double frames_per_second, const OverlayStyle& style)
      : path_(path), frames_per_second_(frames_per_second), style_(style) {
    if (av_guess_format(nullptr, path.c_str(), nullptr) == nullptr) {
      throw Error(ErrorCode::unsupported_format,
                  path + ": expected a video file's ending (.mp4, .mkv, .avi, ...)");
    }
  }

  bool wants_all_frames() const override { return true; }

  void entry(const FrameScore& score, const Image& frame) override {
    last_ = score;
    draw(frame, score.seconds);
  }

  void between(const VideoFrame& frame) override { draw(frame.image, frame.seconds); }

  void end(const VideoSummary&, const PooledQuality&) override {
    if (file_) file_->finish();
  }

 private:
  void draw(const Image& frame, double seconds) {
    if (!file_) {
      width_ = frame.width;
      height_ = frame.height;
      file_.emplace(path_, width_, height_, frames_per_second_);
    }
    // A source may change its size; a file cannot.
    Image image = frame.width == width_ && frame.height == height_
                      ? in_rgb(frame)
                      : in_rgb(resize_bilinear(frame, width_, height_));
    if (last_) draw_overlay(image, last_->quality, last_->smoothed, style_);
    file_->write(std::move(image), seconds);
  }

  std::string path_;
  double frames_per_second_;
  OverlayStyle style_;
  int width_ = 0, height_ = 0;
  std::optional<VideoFile> file_;  ///< once the frames' size is known
  std::optional<FrameScore> last_;
};

}  // namespace

std::unique_ptr<FrameWriter> make_annotated_video(const std::string& path, double frames_per_second,
                                                  const OverlayStyle& style) {
  return std::make_unique<AnnotatedVideo>(path, frames_per_second, style);
}

}  // namespace fliqe::tools
