// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace fliqe::tools {

/// Turns what the user named into a list of pictures: files as they are (whether they exist or
/// not), folders into the pictures they hold, in order of their names, patterns (* ? [ ]) into what
/// they match. "-" stays: standard input.
/// @throws Error `invalid_argument` when a folder or pattern yields nothing
std::vector<std::string> expand_inputs(const std::vector<std::string>& arguments, bool recursive);

/// One path a line; empty lines are skipped. @param path  "-" for standard input. @throws Error
/// `io`
std::vector<std::string> read_list(const std::string& path);

/// The bytes of a file, or of standard input for "-". @throws Error `io`
std::vector<std::byte> read_input(const std::string& path);

}  // namespace fliqe::tools
