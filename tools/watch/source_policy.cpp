// SPDX-License-Identifier: MIT
#include "watch/source_policy.hpp"

#include <algorithm>
#include <array>
#include <fliqe/base/error.hpp>
#include <string_view>

namespace fliqe::tools {
namespace {

/// Options of FFmpeg's readers that make it read nothing else than the source.
constexpr std::array<std::string_view, 5> harmless_options{
    "rtsp_transport", "video_size", "framerate", "pixel_format", "input_format"};

constexpr std::size_t longest_name = 200;

}  // namespace

std::vector<std::string> default_source_prefixes() {
  return {"rtsp://", "rtsps://", "http://", "https://",
          "srt://",  "rtmp://",  "udp://",  "/dev/video"};
}

void SourcePolicy::check(const StreamConfig& stream) const {
  const auto begins = [&](const std::string& prefix) { return stream.source.starts_with(prefix); };
  require(std::ranges::any_of(allowed_, begins), ErrorCode::invalid_argument,
          "source: expected an address that the service allows (--allow), found '" +
              without_credentials(stream.source) + "'");
  require(!stream.name.empty() && stream.name.size() <= longest_name, ErrorCode::invalid_argument,
          "name: expected 1 to " + std::to_string(longest_name) + " bytes");
  for (const std::string& option : stream.reading.input_options) {
    const std::string name = option.substr(0, option.find('='));
    require(std::ranges::find(harmless_options, name) != harmless_options.end(),
            ErrorCode::invalid_argument, "input_options: '" + name + "' is not allowed here");
  }
}

}  // namespace fliqe::tools
