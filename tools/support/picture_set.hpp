// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <fliqe/image/image_view.hpp>
#include <functional>
#include <string>
#include <vector>

namespace fliqe::tools {

/// Pictures that the user names to measure something with.
struct PictureSet {
  std::vector<std::string> images;
  bool recursive = false;
  bool distorted = false;  ///< each under the nine distortions that FLIQE was trained on

  /// Adds --images, --recursive and --distort to a command.
  CLI::Option* add_options(CLI::App& command);

  /// Calls `take` with one picture after the other; `group` names its distortion, else its folder.
  /// What cannot be read is reported on standard error.
  /// @return how many files could not be read. @throws Error when none could
  std::size_t for_each(
      const std::function<void(const std::string& group, const Image& image)>& take) const;
};

}  // namespace fliqe::tools
