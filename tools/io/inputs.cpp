// SPDX-License-Identifier: MIT
#include "io/inputs.hpp"

#include <glob.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fliqe/base/error.hpp>
#include <fliqe/base/file.hpp>
#include <fliqe/image/load.hpp>
#include <sstream>
#include <string_view>

namespace fliqe::tools {
namespace {

namespace fs = std::filesystem;

bool is_picture(const fs::path& path) {
  constexpr std::array<std::string_view, 14> extensions{".jpg", ".jpeg", ".jpe", ".png", ".bmp",
                                                        ".pgm", ".ppm",  ".pnm", ".tif", ".tiff",
                                                        ".fff", ".seq",  ".csq", ".irg"};
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(extensions, extension) != extensions.end();
}

template <class Iterator>
std::vector<std::string> pictures_in(const std::string& folder) {
  std::vector<std::string> paths;
  try {
    for (const fs::directory_entry& entry :
         Iterator(folder, fs::directory_options::skip_permission_denied)) {
      std::error_code unreadable;
      if (entry.is_regular_file(unreadable) && is_picture(entry.path())) {
        paths.push_back(entry.path().string());
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorCode::io, folder + ": cannot list: " + error.code().message());
  }
  std::ranges::sort(paths);
  return paths;
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

}  // namespace

std::vector<Input> expand_inputs(const std::vector<std::string>& arguments, bool recursive) {
  std::vector<Input> inputs;
  bool any = false;
  for (const std::string& argument : arguments) {
    std::error_code ignored;
    std::vector<std::string> found;
    std::string error = argument + ": no pictures found";
    if (argument != "-" && fs::is_directory(argument, ignored)) {
      try {
        found = recursive ? pictures_in<fs::recursive_directory_iterator>(argument)
                          : pictures_in<fs::directory_iterator>(argument);
      } catch (const Error& unreadable) {
        error = unreadable.what();
      }
    } else if (argument.find_first_of("*?[") != std::string::npos &&
               !fs::exists(argument, ignored)) {
      found = matches_of(argument);
    } else {
      found.push_back(argument);
    }
    any = any || !found.empty();
    if (found.empty()) inputs.push_back({argument, error});
    for (std::string& path : found) inputs.push_back({std::move(path)});
  }
  if (!any && !inputs.empty()) throw Error(ErrorCode::invalid_argument, inputs.front().error);
  return inputs;
}

std::vector<std::string> read_list(const std::string& path) {
  const std::vector<std::byte> bytes = read_input(path);
  std::istringstream lines(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  std::vector<std::string> paths;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) paths.push_back(line);
  }
  return paths;
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
