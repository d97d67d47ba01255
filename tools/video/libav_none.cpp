// SPDX-License-Identifier: MIT
#include <fliqe/base/error.hpp>

#include "video/libav_source.hpp"

namespace fliqe::tools {

std::unique_ptr<FrameSource> open_libav_source(const std::string& source, const SourceOptions&) {
  throw Error(ErrorCode::no_such_capability,
              without_credentials(source) +
                  ": this build has no video decoders: install libavformat-dev, libavdevice-dev "
                  "and libswscale-dev and build again");
}

}  // namespace fliqe::tools
