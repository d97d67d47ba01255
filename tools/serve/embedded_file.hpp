// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

namespace fliqe::tools {

/// A file that is part of the program.
struct EmbeddedFile {
  std::string_view path;  ///< below its folder
  std::string_view content;
};

/// The files of serve/api: openapi.json, docs.html.
std::span<const EmbeddedFile> api_files();
/// The files of serve/page: index.html, and what it loads.
std::span<const EmbeddedFile> page_files();

}  // namespace fliqe::tools
