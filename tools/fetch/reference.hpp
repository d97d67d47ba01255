// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "fetch/url.hpp"

namespace fliqe::tools {

struct LocalFile {
  std::string path;  ///< absolute
};

struct S3Object {
  std::string bucket;
  std::string key;  ///< as it is, without %XX; may be empty
};

/// Where a picture lies.
using Reference = std::variant<LocalFile, Url, S3Object>;

/// Reads /path, file:///path (with %XX), http://, https:// and s3://bucket/key.
/// @throws Error `invalid_argument`
Reference parse_reference(const std::string& text);

/// A reference for messages: without query, user and password, control characters, and not
/// endless; also one that is no reference.
std::string shown_reference(std::string_view text);

}  // namespace fliqe::tools
