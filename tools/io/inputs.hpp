// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace fliqe::tools {

/// A picture to be scored, or a folder or pattern that yielded none.
struct Input {
  std::string path;
  std::string error{};  ///< empty for pictures
};

/// Whether a path ends as those of pictures do, in either case.
bool has_picture_extension(const std::string& path);
/// Whether it ends as those of videos do: .mp4, .mkv, .avi, ...
bool has_video_extension(const std::string& path);
/// Whether it ends as those of files of one frame or of many do: .seq, .csq, .tif, .tiff.
bool has_sequence_extension(const std::string& path);

/// Turns what the user named into a list of pictures: files as they are (whether they exist or
/// not), folders into the pictures they hold, in order of their names, patterns (* ? [ ]) into what
/// they match. "-" stays: standard input. A folder or pattern without pictures becomes an error in
/// its place.
/// @param is_wanted  what is taken of a folder, by its name
/// @throws Error `invalid_argument` when there is nothing but such errors
std::vector<Input> expand_inputs(const std::vector<std::string>& arguments, bool recursive,
                                 bool (*is_wanted)(const std::string&) = has_picture_extension);

/// What one argument of expand_inputs() stands for, entry by entry in the same order: a folder is
/// read when its turn comes, so that archives of any size may be named.
/// @param take  false ends it
/// @returns false when it was ended
bool for_each_input(const std::string& argument, bool recursive,
                    const std::function<bool(Input&&)>& take,
                    bool (*is_wanted)(const std::string&) = has_picture_extension);

/// Calls back with each line that is not empty.
/// @param path  "-" for standard input
/// @param take  false ends it
/// @returns false when it was ended @throws Error `io`
bool for_each_line(const std::string& path, const std::function<bool(std::string&&)>& take);

/// One path a line; empty lines are skipped. @param path  "-" for standard input. @throws Error
/// `io`
std::vector<std::string> read_list(const std::string& path);

/// The inputs and, unless it is empty, those that a list names. @throws Error `io`
std::vector<std::string> with_listed(std::vector<std::string> inputs, const std::string& list);

/// The bytes of a file, or of standard input for "-". @throws Error `io`
std::vector<std::byte> read_input(const std::string& path);

}  // namespace fliqe::tools
