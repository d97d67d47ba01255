// SPDX-License-Identifier: MIT
#include "video/frame_source.hpp"

#include <cmath>
#include <utility>
#include <vector>

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

bool is_seq(const std::string& source) {
  return source.ends_with(".seq") || source.ends_with(".SEQ") || source.ends_with(".fff");
}

}  // namespace

std::unique_ptr<FrameSource> open_frame_source(const std::string& source,
                                               const SourceOptions& options) {
  if (is_seq(source)) return std::make_unique<SeqSource>(source, options);
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
