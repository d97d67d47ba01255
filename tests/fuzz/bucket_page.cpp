// SPDX-License-Identifier: MIT
// S3's listings.
#include "fetch/bucket_page.hpp"

#include "fuzz/target.hpp"
#include "fuzz/text_lines.hpp"

using namespace fliqe;
using fuzz::check;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::refused_or_read(data, size, [&](fuzz::Bytes bytes) {
    const tools::BucketPage page = tools::parse_bucket_page(bytes, "listing");
    std::size_t length = page.next.size();
    for (const std::string& key : page.keys) length += key.size();
    for (const std::string& folder : page.folders) length += folder.size();
    check(length <= 2 * size);  // other encodings may be shorter than UTF-8
  });
}
