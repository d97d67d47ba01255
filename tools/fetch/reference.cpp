// SPDX-License-Identifier: MIT
#include "fetch/reference.hpp"

#include <algorithm>
#include <fliqe/base/error.hpp>

namespace fliqe::tools {
namespace {

LocalFile parse_file_url(std::string_view text) {
  text.remove_prefix(std::string_view("file://").size());
  if (has_scheme(text, "localhost/")) text.remove_prefix(std::string_view("localhost").size());
  require(text.starts_with('/'), ErrorCode::invalid_argument,
          "it names a host: expected file:///path");
  return {percent_decoded(text)};
}

bool is_bucket_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

/// Whether a path between slashes has "." or "..", which URLs lose on their way.
bool has_dots(std::string_view key) {
  const std::string path = "/" + std::string(key) + "/";
  return path.find("/./") != path.npos || path.find("/../") != path.npos;
}

S3Object parse_s3(std::string_view text) {
  text.remove_prefix(std::string_view("s3://").size());
  const std::size_t slash = std::min(text.find('/'), text.size());
  S3Object object{std::string(text.substr(0, slash)), {}};
  if (slash < text.size()) object.key = text.substr(slash + 1);
  require(is_bucket_name(object.bucket), ErrorCode::invalid_argument,
          "expected a bucket's name of letters, digits, dots and dashes");
  require(!has_dots(object.key), ErrorCode::invalid_argument, "its key has the segment . or ..");
  return object;
}

/// @throws Error without the text
Reference parse_known(const std::string& text) {
  require(text.find('\0') == text.npos, ErrorCode::invalid_argument, "it has a zero byte");
  if (text.starts_with('/')) return LocalFile{text};
  if (has_scheme(text, "file://")) return parse_file_url(text);
  if (has_scheme(text, "s3://")) return parse_s3(text);
  if (has_scheme(text, "http://") || has_scheme(text, "https://")) return parse_url(text);
  throw Error(ErrorCode::invalid_argument,
              "expected an absolute path, file://, http://, https:// or s3://");
}

}  // namespace

Reference parse_reference(const std::string& text) {
  try {
    return parse_known(text);
  } catch (const Error& error) {
    throw Error(error.code(), shown_reference(text) + ": " + error.what());
  }
}

std::string shown_reference(std::string_view text) {
  constexpr std::size_t longest = 300;
  std::string shown(text);
  if (has_scheme(text, "http://") || has_scheme(text, "https://")) {
    shown.resize(std::min(shown.find_first_of("?#"), shown.size()));
    const std::size_t begin = shown.find("//") + 2;
    const std::size_t at = shown.rfind('@');
    if (at != shown.npos) shown.replace(begin, at - begin, "***");
  }
  if (shown.size() > longest) shown = shown.substr(0, longest) + "...";
  std::ranges::replace_if(
      shown, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return shown;
}

}  // namespace fliqe::tools
