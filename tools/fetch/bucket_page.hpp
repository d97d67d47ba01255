// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace fliqe::tools {

/// A part of a bucket's listing.
struct BucketPage {
  std::vector<std::string> keys{};
  std::vector<std::string> folders{};  ///< common prefixes
  std::string next{};                  ///< continuation token; empty after the last page
};

/// Reads S3's answer to ListObjectsV2, which nobody has reason to trust: document types, deep
/// nesting and texts that no key can have are refused.
/// @param name  stands for the answer in messages
/// @throws Error `corrupt_file`
BucketPage parse_bucket_page(std::span<const std::byte> xml, const std::string& name);

}  // namespace fliqe::tools
