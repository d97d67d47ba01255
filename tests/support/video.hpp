// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <string>

#include "support/files.hpp"
#include "support/program.hpp"

namespace fliqe::test {

/// Whether this build decodes video.
inline bool has_libav() {
  return fliqe("video /nonexistent.mp4").errors.find("has no video decoders") == std::string::npos;
}

/// The example's PNG files, `times` over, as f0000.png, f0001.png, ...
inline int write_sequence(const TemporaryDir& dir, int times) {
  int count = 0;
  for (int i = 0; i < times; ++i) {
    for (const char* name : {"0_120_60_0_09564_MotionBlur", "0_120_70_0_09592_GaussianNoise",
                             "0_120_80_0_09620_Overexposure"}) {
      char file[32];
      std::snprintf(file, sizeof(file), "f%04d.png", count++);
      fs::copy_file(example_images() / (std::string(name) + ".png"), dir / file);
    }
  }
  return count;
}

}  // namespace fliqe::test
