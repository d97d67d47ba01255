// SPDX-License-Identifier: MIT
#include "support/picture_set.hpp"

#include <cstdio>
#include <filesystem>
#include <fliqe/distortion/simulate.hpp>

#include "images/decode.hpp"
#include "images/encode.hpp"
#include "support/inputs.hpp"

namespace fliqe::tools {

CLI::Option* PictureSet::add_options(CLI::App& command) {
  command.add_flag("-r,--recursive", recursive, "go into folders of folders");
  command.add_flag("--distort", distorted,
                   "take each picture under the nine distortions that FLIQE was trained on");
  return command.add_option("--images", images, "files, folders or patterns");
}

std::size_t PictureSet::for_each(
    const std::function<void(const std::string&, const Image&)>& take) const {
  std::size_t failed = 0, read = 0;
  for (const Input& input : expand_inputs(images, recursive)) {
    Image image;
    try {
      if (!input.error.empty()) throw Error(ErrorCode::io, input.error);
      image = decode(read_input(input.path), input.path);
    } catch (const Error& error) {
      std::fprintf(stderr, "fliqe: %s\n", error.what());
      ++failed;
      continue;
    }
    ++read;
    if (distorted) {
      for (const DistortionInfo& each : trained_distortions()) {
        take(std::string(each.name), distort(image, DistortionSpec(each.kind), read, through_jpeg));
      }
    } else {
      const auto folder = std::filesystem::path(input.path).parent_path().filename().string();
      take(folder.empty() ? "." : folder, image);
    }
  }
  detail::require(read > 0, ErrorCode::invalid_argument, "no picture could be read");
  return failed;
}

}  // namespace fliqe::tools
