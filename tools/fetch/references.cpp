// SPDX-License-Identifier: MIT
#include "fetch/references.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fliqe/base/error.hpp>
#include <utility>

#include "fetch/reference.hpp"
#include "io/json.hpp"

namespace fliqe::tools {
namespace {

using TakeReference = std::function<bool(Input&&)>;

bool is_plain_text(const std::string& text) {
  const bool has_control = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
  if (has_control) return false;
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::exception&) {
    return false;  // not UTF-8
  }
}

bool for_each_file(const std::string& path, bool recursive, const TakeReference& take) {
  return for_each_input(path, recursive, [&](Input&& input) {
    if (input.error.empty()) input.path = file_reference(input.path);
    return take(std::move(input));
  });
}

bool for_each_object(S3Object folder, bool recursive, BucketLister& lister,
                     const TakeReference& take) {
  const std::string bucket = "s3://" + folder.bucket + "/";
  if (has_picture_extension(folder.key)) return take({bucket + folder.key});
  if (!folder.key.empty() && !folder.key.ends_with('/')) folder.key += '/';
  bool has_any = false;
  const bool is_complete = lister.list(folder, recursive, [&](std::string&& key) {
    if (!has_picture_extension(key)) return true;
    has_any = true;
    return take({bucket + key});
  });
  if (!is_complete) return false;
  return has_any || take({bucket + folder.key, bucket + folder.key + ": no pictures found"});
}

/// @throws Error when the input is no reference, or cannot be listed
bool for_each_found(const std::string& input, bool recursive, BucketLister& lister,
                    const TakeReference& take) {
  if (input == "-") {
    return take({input, "standard input: expected a file or a URL, which others can read too"});
  }
  if (input.find("://") == input.npos) return for_each_file(input, recursive, take);
  const Reference reference = parse_reference(input);
  if (const auto* file = std::get_if<LocalFile>(&reference)) {
    return for_each_file(file->path, recursive, take);
  }
  if (const auto* object = std::get_if<S3Object>(&reference)) {
    return for_each_object(*object, recursive, lister, take);
  }
  return take({input});
}

}  // namespace

std::string file_reference(const std::string& path) {
  const std::filesystem::path absolute = std::filesystem::absolute(path);
  // Where a symbolic link may come before "..", only the system knows what is meant.
  const bool has_parents = std::ranges::find(absolute, "..") != absolute.end();
  const std::string text = (has_parents ? absolute : absolute.lexically_normal()).string();
  return is_plain_text(text) ? text : "file://" + percent_encoded(text, "/");
}

bool for_each_reference(const std::string& input, bool recursive, BucketLister& lister,
                        const TakeReference& take) {
  std::exception_ptr thrown;  // by the caller, not by what is listed
  const TakeReference guarded = [&](Input&& reference) {
    try {
      return take(std::move(reference));
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  };
  bool is_complete = false;
  try {
    is_complete = for_each_found(input, recursive, lister, guarded);
  } catch (const Error& error) {
    return take({shown_reference(input), error.what()});
  }
  if (thrown) std::rethrow_exception(thrown);
  return is_complete;
}

}  // namespace fliqe::tools
