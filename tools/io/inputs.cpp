// SPDX-License-Identifier: MIT
#include "io/inputs.hpp"

#include <glob.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fliqe/base/error.hpp>
#include <fliqe/base/file.hpp>
#include <fliqe/image/load.hpp>
#include <fstream>
#include <iostream>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "io/lower_case.hpp"

namespace fliqe::tools {
namespace {

namespace fs = std::filesystem;

using TakeInput = std::function<bool(Input&&)>;
using IsWanted = bool (*)(const std::string&);

/// The names of a folder's wanted files and, where wanted, of its folders, which end with a slash:
/// they are sorted as whole paths are.
std::vector<std::string> names_in(const fs::path& folder, bool with_folders, IsWanted is_wanted) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
    std::error_code unreadable;
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file(unreadable)) {
      if (is_wanted(name)) names.push_back(name);
    } else if (with_folders && entry.is_directory(unreadable) && !entry.is_symlink(unreadable)) {
      names.push_back(name + "/");
    }
  }
  std::ranges::sort(names);
  return names;
}

bool for_each_in_folder(const fs::path& folder, bool recursive, const TakeInput& take,
                        IsWanted is_wanted) {
  for (std::string& name : names_in(folder, recursive, is_wanted)) {
    const bool is_folder = name.ends_with('/');
    if (is_folder) name.pop_back();
    const fs::path path = folder / name;
    if (!(is_folder ? for_each_in_folder(path, true, take, is_wanted) : take({path.string()})))
      return false;
  }
  return true;
}

std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

bool has_extension(const std::string& path, std::span<const std::string_view> extensions) {
  const std::string extension = lower_case(fs::path(path).extension().string());
  return std::ranges::find(extensions, extension) != extensions.end();
}

}  // namespace

bool has_picture_extension(const std::string& path) {
  constexpr std::array<std::string_view, 14> extensions{".jpg", ".jpeg", ".jpe", ".png", ".bmp",
                                                        ".pgm", ".ppm",  ".pnm", ".tif", ".tiff",
                                                        ".fff", ".seq",  ".csq", ".irg"};
  return has_extension(path, extensions);
}

bool has_video_extension(const std::string& path) {
  constexpr std::array<std::string_view, 12> extensions{".mp4", ".m4v",  ".mov",   ".mkv",
                                                        ".avi", ".webm", ".ts",    ".mts",
                                                        ".mpg", ".mpeg", ".mjpeg", ".wmv"};
  return has_extension(path, extensions);
}

bool has_sequence_extension(const std::string& path) {
  constexpr std::array<std::string_view, 4> extensions{".seq", ".csq", ".tif", ".tiff"};
  return has_extension(path, extensions);
}

bool for_each_input(const std::string& argument, bool recursive, const TakeInput& take,
                    IsWanted is_wanted) {
  std::error_code ignored;
  std::size_t found = 0;
  const TakeInput count_and_take = [&](Input&& input) {
    ++found;
    return take(std::move(input));
  };
  if (argument != "-" && fs::is_directory(argument, ignored)) {
    try {
      if (!for_each_in_folder(argument, recursive, count_and_take, is_wanted)) return false;
    } catch (const fs::filesystem_error& error) {
      return take({argument, argument + ": cannot list: " + error.code().message()});
    }
  } else if (argument.find_first_of("*?[") != std::string::npos && !fs::exists(argument, ignored)) {
    for (std::string& path : matches_of(argument)) {
      if (!count_and_take({std::move(path)})) return false;
    }
  } else {
    return take({argument});
  }
  return found > 0 || take({argument, argument + ": no pictures found"});
}

std::vector<Input> expand_inputs(const std::vector<std::string>& arguments, bool recursive,
                                 IsWanted is_wanted) {
  std::vector<Input> inputs;
  for (const std::string& argument : arguments) {
    for_each_input(
        argument, recursive,
        [&](Input&& input) {
          inputs.push_back(std::move(input));
          return true;
        },
        is_wanted);
  }
  const bool has_any = std::ranges::any_of(inputs, [](const Input& i) { return i.error.empty(); });
  if (!has_any && !inputs.empty()) throw Error(ErrorCode::invalid_argument, inputs.front().error);
  return inputs;
}

bool for_each_line(const std::string& path, const std::function<bool(std::string&&)>& take) {
  std::ifstream file;
  if (path != "-") file.open(path);
  require(path == "-" || file.is_open(), ErrorCode::io,
          path + ": cannot open: " + std::generic_category().message(errno));
  std::istream& lines = path == "-" ? std::cin : file;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !take(std::move(line))) return false;
  }
  require(!lines.bad(), ErrorCode::io, path + ": cannot read");
  return true;
}

std::vector<std::string> read_list(const std::string& path) {
  std::vector<std::string> paths;
  for_each_line(path, [&](std::string&& line) {
    paths.push_back(std::move(line));
    return true;
  });
  return paths;
}

std::vector<std::string> with_listed(std::vector<std::string> inputs, const std::string& list) {
  if (list.empty()) return inputs;
  for_each_line(list, [&](std::string&& line) {
    inputs.push_back(std::move(line));
    return true;
  });
  return inputs;
}

std::vector<std::byte> read_input(const std::string& path) {
  if (path != "-") return read_file(path);
  std::vector<std::byte> bytes;
  std::array<std::byte, 1 << 16> block;
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), stdin)) {
    bytes.insert(bytes.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
  }
  require(std::ferror(stdin) == 0, ErrorCode::io, "standard input: cannot read");
  return bytes;
}

}  // namespace fliqe::tools
