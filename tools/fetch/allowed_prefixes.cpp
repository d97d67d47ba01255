// SPDX-License-Identifier: MIT
#include "fetch/allowed_prefixes.hpp"

#include <algorithm>
#include <filesystem>
#include <fliqe/base/error.hpp>

namespace fliqe::tools {
namespace {

namespace fs = std::filesystem;

bool is_below(const Url& url, const Url& prefix) {
  return url.scheme == prefix.scheme && url.host == prefix.host && url.port == prefix.port &&
         lies_below(url.path, prefix.path);
}

bool is_below(const S3Object& object, const S3Object& prefix) {
  return object.bucket == prefix.bucket && lies_below("/" + object.key, "/" + prefix.key);
}

}  // namespace

AllowedPrefixes::AllowedPrefixes(const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    try {
      add(prefix);
    } catch (const Error& error) {
      throw Error(error.code(), std::string("allowed places: ") + error.what());
    }
  }
}

void AllowedPrefixes::add(const std::string& prefix) {
  const Reference reference = parse_reference(prefix);
  if (const auto* url = std::get_if<Url>(&reference)) {
    require(url->query.empty(), ErrorCode::invalid_argument,
            url->shown() + ": expected no query, found one");
    urls_.push_back(*url);
  } else if (const auto* object = std::get_if<S3Object>(&reference)) {
    objects_.push_back(*object);
  } else {
    std::error_code error;
    const fs::path path = fs::canonical(std::get<LocalFile>(reference).path, error);
    require(!error, ErrorCode::invalid_argument, prefix + ": " + error.message());
    folders_.push_back(path.string());
  }
}

bool AllowedPrefixes::allows(const std::string& reference) const {
  try {
    return allows(parse_reference(reference));
  } catch (const Error&) {
    return false;
  }
}

bool AllowedPrefixes::allows(const Reference& reference) const {
  if (const auto* url = std::get_if<Url>(&reference)) {
    return std::ranges::any_of(urls_, [&](const Url& each) { return is_below(*url, each); });
  }
  if (const auto* object = std::get_if<S3Object>(&reference)) {
    return std::ranges::any_of(objects_,
                               [&](const S3Object& each) { return is_below(*object, each); });
  }
  return locate(std::get<LocalFile>(reference)).is_allowed;
}

LocatedFile AllowedPrefixes::locate(const LocalFile& file) const {
  LocatedFile located;
  fs::path path = fs::weakly_canonical(file.path, located.error);
  if (located.error) path = fs::path(file.path).lexically_normal();
  const std::string text = path.string();
  for (const std::string& folder : folders_) {
    if (!lies_below(text, folder)) continue;
    located.is_allowed = true;
    const bool is_itself = text == folder;
    located.root = is_itself ? path.parent_path().string() : folder;
    located.relative = path.lexically_relative(located.root).string();
    break;
  }
  return located;
}

}  // namespace fliqe::tools
