// SPDX-License-Identifier: MIT
#include "video/frame_source.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "images/tiff.hpp"
#include "io/mapped_file.hpp"
#include "video/libav_source.hpp"

namespace fliqe::tools {
namespace {

/// The frames of a FLIR SEQ file. It notes no times: a frame counts as a second.
class SeqSource : public FrameSource {
 public:
  SeqSource(const std::string& path, const SourceOptions& options)
      : path_(path),
        thermal_(options.thermal),
        agc_(agc_from_string(options.thermal.agc), options.agc_damping),
        file_(path),
        places_(fff_frames(file_.bytes())),
        next_(static_cast<std::size_t>(std::ceil(options.start))) {
    info_.codec = "FLIR SEQ";
  }

  const VideoInfo& info() const noexcept override { return info_; }

  std::optional<VideoFrame> next() override {
    if (next_ >= places_.size()) return std::nullopt;
    const ThermalFrame frame =
        decode_counts(file_.bytes().subspan(places_[next_]), path_, thermal_);
    const std::optional<TemperatureScale> scale = temperature_scale(frame, thermal_);
    const std::size_t number = next_++;
    return VideoFrame{number, static_cast<double>(number),
                      agc_.apply(frame.raw, scale ? &*scale : nullptr), to_string(agc_.spec())};
  }

 private:
  std::string path_;
  ThermalOptions thermal_;
  StreamAgc agc_;
  MappedFile file_;
  std::vector<std::size_t> places_;  ///< of the frames in the file
  std::size_t next_;
  VideoInfo info_;
};

/// The pages of a TIFF file. It notes no times: a page counts as a second.
class TiffSource : public FrameSource {
 public:
  TiffSource(const std::string& path, const SourceOptions& options)
      : agc_(agc_from_string(options.thermal.agc), options.agc_damping),
        file_(path),
        pages_(file_.bytes(), path, options.thermal.most_pixels) {
    info_.codec = "TIFF";
    while (has_page_ && static_cast<double>(number_) < options.start) step();
  }

  const VideoInfo& info() const noexcept override { return info_; }

  std::optional<VideoFrame> next() override {
    if (!has_page_) return std::nullopt;
    VideoFrame frame{number_, static_cast<double>(number_), {}, {}};
    if (pages_.has_counts()) {
      frame.image = agc_.apply(pages_.counts());
      frame.agc = to_string(agc_.spec());
    } else {
      frame.image = pages_.colors();
    }
    info_.width = frame.image.width;
    info_.height = frame.image.height;
    step();
    return frame;
  }

 private:
  void step() {
    has_page_ = pages_.next();
    ++number_;
  }

  StreamAgc agc_;
  MappedFile file_;
  TiffPages pages_;
  bool has_page_ = true;
  std::size_t number_ = 0;
  VideoInfo info_;
};

/// Some begin with something else.
bool is_seq_name(const std::string& source) {
  return source.ends_with(".seq") || source.ends_with(".SEQ");
}

/// The first bytes of a regular file; empty for what is none, such as an address or a device.
std::vector<std::byte> beginning_of(const std::string& source) {
  constexpr std::size_t enough = 4;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(source, ignored)) return {};
  std::vector<std::byte> bytes(enough);
  std::ifstream file(source, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return bytes;
}

}  // namespace

std::unique_ptr<FrameSource> open_frame_source(const std::string& source,
                                               const SourceOptions& options) {
  const std::vector<std::byte> beginning = beginning_of(source);
  if (is_fff(beginning) || is_seq_name(source)) return std::make_unique<SeqSource>(source, options);
  if (is_tiff(beginning)) return std::make_unique<TiffSource>(source, options);
  return open_libav_source(source, options);
}

bool is_live(const std::string& source) {
  return (source.find("://") != source.npos && !source.starts_with("file://")) ||
         source.starts_with("/dev/");
}

std::string without_credentials(const std::string& source) {
  const std::size_t scheme = source.find("://");
  if (scheme == source.npos) return source;
  const std::size_t begin = scheme + 3, end = source.find_first_of("/?#", begin);
  const std::size_t at = source.substr(0, end).rfind('@');
  if (at == source.npos || at < begin) return source;
  return source.substr(0, begin) + "***" + source.substr(at);
}

}  // namespace fliqe::tools
