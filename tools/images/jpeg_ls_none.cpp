// SPDX-License-Identifier: MIT
#include <fliqe/base/error.hpp>

#include "images/jpeg_ls.hpp"

namespace fliqe::tools {

RawFrame decode_jpeg_ls(std::span<const std::byte>, const std::string& name, std::size_t) {
  throw Error(ErrorCode::no_such_capability,
              name +
                  ": this build has no decoder for JPEG-LS (CSQ): install libavformat-dev, "
                  "libavdevice-dev and libswscale-dev and build again");
}

}  // namespace fliqe::tools
