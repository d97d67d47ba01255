// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_view.hpp>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pictures/picture.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace fliqe::tools {

/// A picture with what is known about it.
struct KnownPicture {
  std::string path;         ///< of a frame of a video: "PATH#NUMBER"
  std::string label;        ///< its distortion, else `given_label`
  std::string given_label;  ///< what the table says, else its folder
  std::string source;       ///< the table's "group", else its folder or its video
  Image image;
};

/// Whether a label stands for pictures without faults: "Clean", "good", "0" in any case.
bool is_clean_label(const std::string& label);

/// Pictures that the user names to measure or to learn something with.
struct PictureSet {
  std::vector<std::string> images;
  bool recursive = false;
  bool distorted = false;  ///< each under the nine distortions that FLIQE was trained on
  int augmented = 0;       ///< so many copies more of each, changed harmlessly
  /// Take every Nth frame of videos; nothing: every frame, and one of SEQ, CSQ and TIFF files.
  std::optional<std::size_t> every{};
  ThermalOptions thermal;

  /// Adds --recursive, --distort and those of thermal files to a command.
  void add_options(CLI::App& command);
  /// Adds --images, too.
  CLI::Option* add_images_option(CLI::App& command);

  /// How many pictures for_each() hands out if all can be read; 0 when nobody knows,
  /// as with videos.
  std::size_t count() const;

  /// What a split must leave together, whether it can be read or not (pictures/split.hpp).
  std::set<std::string> units(const std::string& split) const;

  /// Calls `take` with one picture after the other, always in the same order; they are read and
  /// distorted on all cores. A .csv file among the images is a table with
  /// the columns "file" (beside the table), "label" and, if it likes, "group". What cannot be read
  /// is reported on standard error.
  /// @return how many files could not be read. @throws Error when none could
  std::size_t for_each(const std::function<void(KnownPicture&& picture)>& take) const;
};

}  // namespace fliqe::tools
