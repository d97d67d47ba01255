// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace fliqe::tools {

/// A picture to be scored, or a folder or pattern that yielded none.
struct Input {
  std::string path;
  std::string error{};  ///< empty for pictures
};

/// Turns what the user named into a list of pictures: files as they are (whether they exist or
/// not), folders into the pictures they hold, in order of their names, patterns (* ? [ ]) into what
/// they match. "-" stays: standard input. A folder or pattern without pictures becomes an error in
/// its place.
/// @throws Error `invalid_argument` when there is nothing but such errors
std::vector<Input> expand_inputs(const std::vector<std::string>& arguments, bool recursive);

/// One path a line; empty lines are skipped. @param path  "-" for standard input. @throws Error
/// `io`
std::vector<std::string> read_list(const std::string& path);

/// The bytes of a file, or of standard input for "-". @throws Error `io`
std::vector<std::byte> read_input(const std::string& path);

}  // namespace fliqe::tools
