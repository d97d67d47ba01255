// SPDX-License-Identifier: MIT
#include <fliqe/base/error.hpp>

#include "video/annotated_video.hpp"
#include "video/libav_source.hpp"

namespace fliqe::tools {
namespace {

[[noreturn]] void unavailable(const std::string& name, const char* what) {
  throw Error(ErrorCode::no_such_capability,
              name + ": this build has no video " + what +
                  ": install libavformat-dev, libavdevice-dev and libswscale-dev and build again");
}

}  // namespace

std::unique_ptr<FrameSource> open_libav_source(const std::string& source, const SourceOptions&) {
  unavailable(without_credentials(source), "decoders");
}

std::unique_ptr<FrameWriter> make_annotated_video(const std::string& path, double,
                                                  const OverlayStyle&) {
  unavailable(path, "encoders");
}

}  // namespace fliqe::tools
