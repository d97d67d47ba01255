// SPDX-License-Identifier: MIT
#include "video/libav_source.hpp"

#include <chrono>
#include <cmath>
#include <cstring>
#include <fliqe/thermal/agc.hpp>
#include <thread>
#include <utility>

#include "images/libav.hpp"

namespace fliqe::tools {
namespace {

/// Counts of 16 bits as grey levels, or nothing for other formats.
bool has_counts(AVPixelFormat format) {
  return format == AV_PIX_FMT_GRAY16LE || format == AV_PIX_FMT_GRAY16BE;
}

class LibavSource : public FrameSource {
 public:
  LibavSource(const std::string& source, const SourceOptions& options)
      : name_(without_credentials(source)),
        options_(options),
        agc_(agc_from_string(options.thermal.agc), options.agc_damping) {
    av_log_set_level(AV_LOG_QUIET);  // errors are reported as exceptions
    open(source);
    open_decoder();
    if (options.start > 0) seek(options.start);
  }

  const VideoInfo& info() const noexcept override { return info_; }
  std::size_t damaged() const noexcept override { return damaged_; }

  std::optional<VideoFrame> next() override {
    while (decode_frame()) {
      const double seconds = seconds_of(*frame_);
      const std::size_t number = number_of(seconds);
      if (seconds + 1e-6 < options_.start) {
        av_frame_unref(frame_.get());
        continue;
      }
      info_.width = frame_->width;  // a stream may not tell before
      info_.height = frame_->height;
      VideoFrame made{number, seconds, {}, {}};
      if (has_counts(static_cast<AVPixelFormat>(frame_->format))) {
        made.image = agc_.apply(counts());
        made.agc = to_string(agc_.spec());
      } else {
        made.image = in_colors();
      }
      av_frame_unref(frame_.get());
      return made;
    }
    return std::nullopt;
  }

 private:
  using Clock = std::chrono::steady_clock;

  [[noreturn]] void fail(ErrorCode code, const std::string& what) const {
    throw Error(code, name_ + ": " + what);
  }

  void begin_waiting() {
    deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                   std::chrono::duration<double>(options_.timeout));
  }

  bool must_stop() const {
    return Clock::now() > deadline_ || (options_.stopped != nullptr && *options_.stopped);
  }

  Owned<AVDictionary> settings_for(const std::string& source) const {
    AVDictionary* settings = nullptr;
    if (source.starts_with("rtsp")) av_dict_set(&settings, "rtsp_transport", "tcp", 0);
    if (is_live(source) && !source.starts_with("http")) {
      // By default seconds of video are kept back to guess the frame rate from.
      av_dict_set(&settings, "analyzeduration", "500000", 0);
      av_dict_set(&settings, "fpsprobesize", "2", 0);
    }
    Owned<AVDictionary> result(settings);
    for (const std::string& each : options_.input_options) {
      const std::size_t equals = each.find('=');
      if (equals == 0 || equals == each.npos) {
        fail(ErrorCode::invalid_argument,
             "input option: expected NAME=VALUE, found '" + each + "'");
      }
      settings = result.release();
      av_dict_set(&settings, each.substr(0, equals).c_str(), each.c_str() + equals + 1, 0);
      result.reset(settings);
    }
    return result;
  }

  void open(const std::string& source) {
    AVDictionary* settings = settings_for(source).release();
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) throw std::bad_alloc();
    context->interrupt_callback = {
        [](void* self) { return static_cast<LibavSource*>(self)->must_stop() ? 1 : 0; }, this};
    const AVInputFormat* format = nullptr;
    if (source.starts_with("/dev/video")) {
      avdevice_register_all();
      format = av_find_input_format("v4l2");
      context->flags |= AVFMT_FLAG_NONBLOCK;  // else nothing can end its wait for a frame
    }
    begin_waiting();
    // On failure the context is freed for us. Settings that are not used are left.
    const int opened = avformat_open_input(&context, source.c_str(), format, &settings);
    const Owned<AVDictionary> unused(settings);
    if (opened < 0) fail(ErrorCode::io, "cannot open: " + libav_reason(opened));
    format_.reset(context);
    if (const auto* each = av_dict_get(settings, "", nullptr, AV_DICT_IGNORE_SUFFIX)) {
      fail(ErrorCode::invalid_argument,
           "its reader has no option '" + std::string(each->key) + "'");
    }
    begin_waiting();
    const int found = avformat_find_stream_info(context, nullptr);
    if (found < 0) fail(ErrorCode::corrupt_file, "cannot read: " + libav_reason(found));
  }

  void open_decoder() {
    const AVCodec* codec = nullptr;
    stream_ = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (stream_ == AVERROR_DECODER_NOT_FOUND) {
      fail(ErrorCode::unsupported_format, "no decoder for its video in this FFmpeg");
    }
    if (stream_ < 0) fail(ErrorCode::unsupported_format, "expected video, found none");
    const AVStream& stream = *format_->streams[stream_];
    codec_.reset(avcodec_alloc_context3(codec));
    frame_.reset(av_frame_alloc());
    packet_.reset(av_packet_alloc());
    if (!codec_ || !frame_ || !packet_) throw std::bad_alloc();
    avcodec_parameters_to_context(codec_.get(), stream.codecpar);
    if (options_.keyframes_only) codec_->skip_frame = AVDISCARD_NONKEY;
    codec_->thread_count = 1;  // frames are scored on the other cores
    const int opened = avcodec_open2(codec_.get(), codec, nullptr);
    if (opened < 0) fail(ErrorCode::unsupported_format, "cannot decode: " + libav_reason(opened));
    time_base_ = av_q2d(stream.time_base);
    start_ = stream.start_time == AV_NOPTS_VALUE ? 0 : stream.start_time;
    const AVRational rate = av_guess_frame_rate(format_.get(), format_->streams[stream_], nullptr);
    info_ = {codec->name, codec_->width, codec_->height, rate.num > 0 ? av_q2d(rate) : 0,
             format_->duration > 0 ? static_cast<double>(format_->duration) / AV_TIME_BASE : 0};
  }

  void seek(double seconds) {
    const auto target = static_cast<std::int64_t>(seconds / time_base_) + start_;
    const int done = av_seek_frame(format_.get(), stream_, target, AVSEEK_FLAG_BACKWARD);
    if (done < 0) fail(ErrorCode::io, "cannot go to --start: " + libav_reason(done));
    avcodec_flush_buffers(codec_.get());
  }

  double seconds_of(const AVFrame& frame) const {
    if (frame.best_effort_timestamp != AV_NOPTS_VALUE) {
      return static_cast<double>(frame.best_effort_timestamp - start_) * time_base_;
    }
    return info_.frames_per_second > 0 ? static_cast<double>(counted_) / info_.frames_per_second
                                       : static_cast<double>(counted_);
  }

  /// After a jump and between key frames, frames cannot be counted, only be found by their time.
  std::size_t number_of(double seconds) {
    const std::size_t counted = counted_++;
    const bool is_whole = options_.start <= 0 && !options_.keyframes_only;
    if (is_whole || info_.frames_per_second <= 0) return counted;
    return static_cast<std::size_t>(std::max(0.0, std::round(seconds * info_.frames_per_second)));
  }

  /// Fills frame_. False after the last.
  bool decode_frame() {
    while (true) {
      const int received = avcodec_receive_frame(codec_.get(), frame_.get());
      if (received >= 0) return true;
      if (received == AVERROR_EOF) return false;
      if (received != AVERROR(EAGAIN)) ++damaged_;
      if (!feed_packet()) avcodec_send_packet(codec_.get(), nullptr);  // hands out what it holds
    }
  }

  /// False at the end.
  bool feed_packet() {
    while (true) {
      begin_waiting();
      const int read = read_packet();
      if (read == AVERROR_EOF) return false;
      if (read < 0) fail(ErrorCode::io, "cannot read on: " + libav_reason(read));
      const bool is_ours = packet_->stream_index == stream_;
      const int sent = is_ours ? avcodec_send_packet(codec_.get(), packet_.get()) : 0;
      av_packet_unref(packet_.get());
      if (sent < 0) {
        ++damaged_;
        continue;
      }
      if (is_ours) return true;
    }
  }

  /// Waits for what a device has not got yet.
  int read_packet() {
    while (true) {
      const int read = av_read_frame(format_.get(), packet_.get());
      if (read != AVERROR(EAGAIN)) return read;
      if (must_stop()) return AVERROR_EXIT;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  RawFrame counts() const {
    RawFrame raw;
    raw.width = frame_->width;
    raw.height = frame_->height;
    const bool big = frame_->format == AV_PIX_FMT_GRAY16BE;
    for (int y = 0; y < raw.height; ++y) {
      const std::uint8_t* row =
          frame_->data[0] + static_cast<std::ptrdiff_t>(y) * frame_->linesize[0];
      for (int x = 0; x < raw.width; ++x) {
        const unsigned first = row[2 * x], second = row[2 * x + 1];
        raw.counts.push_back(
            static_cast<std::uint16_t>(big ? first << 8 | second : second << 8 | first));
      }
    }
    return raw;
  }

  /// RGB, by the arithmetic that the ffmpeg program uses to write a PNG.
  Image in_colors() {
    const auto format = static_cast<AVPixelFormat>(frame_->format);
    scaler_.reset(sws_getCachedContext(scaler_.release(), frame_->width, frame_->height, format,
                                       frame_->width, frame_->height, AV_PIX_FMT_RGB24, SWS_BICUBIC,
                                       nullptr, nullptr, nullptr));
    if (!scaler_) fail(ErrorCode::unsupported_format, "frames of an unknown pixel format");
    const int* matrix = sws_getCoefficients(
        frame_->colorspace == AVCOL_SPC_UNSPECIFIED ? SWS_CS_DEFAULT : frame_->colorspace);
    constexpr int one = 1 << 16;
    const int full_range = frame_->color_range == AVCOL_RANGE_JPEG ? 1 : 0;
    sws_setColorspaceDetails(scaler_.get(), matrix, full_range, sws_getCoefficients(SWS_CS_DEFAULT),
                             1, 0, one, one);
    // Its fast paths write beyond the end of rows that are not padded.
    AVFrame padded{};
    const int size = av_image_alloc(padded.data, padded.linesize, frame_->width, frame_->height,
                                    AV_PIX_FMT_RGB24, 64);
    if (size < 0) throw std::bad_alloc();
    const std::unique_ptr<std::uint8_t, void (*)(void*)> memory(padded.data[0], av_free);
    sws_scale(scaler_.get(), frame_->data, frame_->linesize, 0, frame_->height, padded.data,
              padded.linesize);
    Image image{frame_->width, frame_->height, PixelFormat::rgb8, {}};
    const auto row_bytes = static_cast<std::size_t>(image.width) * 3;
    image.pixels.resize(row_bytes * static_cast<std::size_t>(image.height));
    for (int y = 0; y < image.height; ++y) {
      std::memcpy(image.pixels.data() + static_cast<std::size_t>(y) * row_bytes,
                  padded.data[0] + static_cast<std::ptrdiff_t>(y) * padded.linesize[0], row_bytes);
    }
    return image;
  }

  std::string name_;
  SourceOptions options_;
  StreamAgc agc_;
  VideoInfo info_;
  Clock::time_point deadline_{};
  Owned<AVFormatContext> format_;
  Owned<AVCodecContext> codec_;
  Owned<AVFrame> frame_;
  Owned<AVPacket> packet_;
  Owned<SwsContext> scaler_;
  int stream_ = -1;
  double time_base_ = 0;
  std::int64_t start_ = 0;
  std::size_t counted_ = 0;
  std::size_t damaged_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> open_libav_source(const std::string& source,
                                               const SourceOptions& options) {
  return std::make_unique<LibavSource>(source, options);
}

}  // namespace fliqe::tools
