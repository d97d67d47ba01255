// SPDX-License-Identifier: MIT
// References that jobs name: a normal form is its own, and a place allows nothing beside it.
#include "fetch/allowed_prefixes.hpp"
#include "fuzz/target.hpp"
#include "fuzz/text_lines.hpp"

using namespace fliqe;
using fuzz::check;

namespace {

bool has_dots(const std::string& path) {
  const std::string whole = path + "/";
  return whole.find("/../") != whole.npos || whole.find("/./") != whole.npos;
}

void check_url(const tools::Url& url) {
  const tools::Url again = tools::parse_url(url.text());
  check(again.text() == url.text());
  check(url.path.starts_with('/') && !has_dots(url.path));
  check(!has_dots(tools::percent_decoded(url.path)));
  check(url.text().find_first_of(" \t\r\n\\") == std::string::npos);
  check(url.host.find_first_of("@/?#") == std::string::npos);
  check(url.port >= 1 && url.port <= 65535);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(tools::shown_reference(text).size() <= 310);
  return fuzz::refused_or_read(data, size, [&](fuzz::Bytes) {
    static const tools::AllowedPrefixes allowed(
        {"http://h/a", "https://[::1]:81/", "s3://b/k/", "/proc/self/fdinfo"});
    const tools::Reference reference = tools::parse_reference(text);
    if (const auto* url = std::get_if<tools::Url>(&reference)) {
      check_url(*url);
      const bool is_below =
          url->origin() == "https://[::1]:81" ||
          (url->origin() == "http://h" && (url->path == "/a" || url->path.starts_with("/a/")));
      check(allowed.allows(reference) == is_below);
    } else if (const auto* object = std::get_if<tools::S3Object>(&reference)) {
      check(object->bucket.find('/') == std::string::npos && !has_dots("/" + object->key));
      check(!allowed.allows(reference) || (object->bucket == "b" && object->key.starts_with('k')));
    } else {
      check(std::get<tools::LocalFile>(reference).path.starts_with('/'));
    }
  });
}
