// SPDX-License-Identifier: MIT
#include "video/frame_source.hpp"

#include <fliqe/weights/mapped_file.hpp>
#include <utility>
#include <vector>

#include "video/libav_source.hpp"

namespace fliqe::tools {
namespace {

/// The frames of a FLIR SEQ file, which notes no times.
class SeqSource : public FrameSource {
 public:
  SeqSource(const std::string& path, const SourceOptions& options)
      : path_(path), options_(options), file_(path), count_(fff_frames(file_.bytes()).size()) {
    info_.codec = "FLIR SEQ";
    options_.thermal.frame = 0;
  }

  const VideoInfo& info() const noexcept override { return info_; }

  std::optional<VideoFrame> next() override {
    if (next_ >= count_) return std::nullopt;
    options_.thermal.frame = next_;
    Picture picture = decode_picture(file_.bytes(), path_, options_.thermal);
    const std::size_t number = next_++;
    return VideoFrame{number, static_cast<double>(number), std::move(picture.image), picture.agc};
  }

 private:
  std::string path_;
  SourceOptions options_;
  weights::MappedFile file_;
  std::size_t count_;
  std::size_t next_ = 0;
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

std::string without_credentials(const std::string& source) {
  const std::size_t scheme = source.find("://");
  if (scheme == source.npos) return source;
  const std::size_t begin = scheme + 3, end = source.find_first_of("/?#", begin);
  const std::size_t at = source.substr(0, end).rfind('@');
  if (at == source.npos || at < begin) return source;
  return source.substr(0, begin) + "***" + source.substr(at);
}

}  // namespace fliqe::tools
