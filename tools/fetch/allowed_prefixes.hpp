// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <system_error>
#include <vector>

#include "fetch/reference.hpp"

namespace fliqe::tools {

/// Where a local file is, seen from an allowed folder.
struct LocatedFile {
  bool is_allowed = false;
  std::string root{};       ///< the folder, without symbolic links in its path
  std::string relative{};   ///< the rest, likewise as far as it exists
  std::error_code error{};  ///< why it could not be followed
};

/// The places from which jobs may name pictures: folders, origins with a path, buckets with a
/// prefix. What comes from others must not reach anything else on this machine or in its network.
class AllowedPrefixes {
 public:
  /// Nothing.
  AllowedPrefixes() = default;
  /// Prefixes as references are written: /archive, https://host/pictures, s3://bucket/2026. They
  /// end at a slash: /archive does not allow /archive2.
  /// @throws Error `invalid_argument` for one that cannot be one, or a folder that does not exist
  explicit AllowedPrefixes(const std::vector<std::string>& prefixes);

  /// Compares normal forms. Symbolic links of local files are followed first; whoever then opens
  /// the file must use locate().
  bool allows(const std::string& reference) const;
  bool allows(const Reference& reference) const;

  LocatedFile locate(const LocalFile& file) const;

 private:
  void add(const std::string& prefix);

  std::vector<std::string> folders_;  ///< canonical paths, of files as well
  std::vector<Url> urls_;
  std::vector<S3Object> objects_;
};

}  // namespace fliqe::tools
