// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::tools {

/// A part of a form. Views of the body.
struct FormPart {
  std::string name;
  std::string file;  ///< its name, without folders; empty for a plain field
  std::string_view content;
};

/// The boundary of "multipart/form-data; boundary=..."; empty for other types.
std::string multipart_boundary(std::string_view content_type);

/// The parts of a form (RFC 7578). Nothing when the body is malformed or a part has no name.
std::optional<std::vector<FormPart>> parse_multipart(std::string_view body,
                                                     std::string_view boundary);

}  // namespace fliqe::tools
