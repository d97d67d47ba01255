// SPDX-License-Identifier: MIT
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "support/files.hpp"
#include "support/program.hpp"
#include "support/video.hpp"

namespace fliqe::test {

inline bool has_ffmpeg() {
  return has_libav() && run("command -v ffmpeg").exit_code == 0;
}

/// FFmpeg's options for a moving test picture, ten frames a second.
inline std::string test_picture(double seconds, const std::string& more = "") {
  return "-f lavfi -i testsrc=size=320x240:rate=10:duration=" + std::to_string(seconds) + more +
         " -c:v mpeg4 -q:v 3 -g 5 ";
}

inline std::string make_clip(const TemporaryDir& dir, const std::string& picture) {
  const std::string path = dir / "clip.mp4";
  REQUIRE(run("ffmpeg -loglevel error " + picture + "'" + path + "'").exit_code == 0);
  return path;
}

}  // namespace fliqe::test
