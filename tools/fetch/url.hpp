// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace fliqe::tools {

/// An http or https URL in its normal form: what is compared is what is requested.
struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case; IPv6 in brackets
  int port = 0;
  std::string path;   ///< begins with a slash; no "." or ".." in it, no needless %XX
  std::string query;  ///< with its question mark; may hold secrets

  /// Without the port where it is the scheme's.
  std::string origin() const;
  std::string text() const { return origin() + path + query; }
  /// For messages: without the query.
  std::string shown() const { return origin() + path; }
};

/// Refused are user and password, spaces and control characters, and dots that a server may take
/// for ".." after it has decoded the path once more. A fragment is dropped.
/// @throws Error `invalid_argument` that says what is wrong, without the URL
Url parse_url(std::string_view text);

/// With all bytes but letters, digits and "-._~" as %XX.
/// @param kept  bytes that stay as well
std::string percent_encoded(std::string_view text, std::string_view kept = "");
/// @throws Error `invalid_argument` for a % without two hexadecimal digits, and for zero bytes
std::string percent_decoded(std::string_view text);

/// Whether `path` is `prefix` or lies below it, by whole segments between slashes.
bool lies_below(std::string_view path, std::string_view prefix);

/// Whether text begins with a scheme such as "https://", in either case.
bool has_scheme(std::string_view text, std::string_view scheme);

}  // namespace fliqe::tools
