// SPDX-License-Identifier: MIT
#include "fetch/bucket_lister.hpp"

#include <fliqe/base/error.hpp>
#include <utility>

#include "fetch/fetcher.hpp"

namespace fliqe::tools {
namespace {

/// Of ListObjectsV2; names in the order in which they are signed.
std::string listing_query(const std::string& prefix, bool recursive, const std::string& token) {
  std::string query = "?";
  if (!token.empty()) query += "continuation-token=" + percent_encoded(token) + "&";
  if (!recursive) query += "delimiter=%2F&";
  return query + "encoding-type=url&list-type=2&prefix=" + percent_encoded(prefix);
}

}  // namespace

BucketLister::BucketLister(const HttpClientOptions& options, AwsSettings aws,
                           const Patience& patience, Clock& clock)
    : aws_(std::move(aws)), patience_(patience), clock_(clock), http_(open_http_client(options)) {}

bool BucketLister::list(const S3Object& folder, bool recursive,
                        const std::function<bool(std::string&&)>& take) {
  const std::string name = "s3://" + folder.bucket + "/" + folder.key;
  require(http_ != nullptr, ErrorCode::no_such_capability, name + ": " + without_http);
  std::string token;
  do {
    BucketPage found = page(folder, recursive, token);
    for (std::string& key : found.keys) {
      require(key.starts_with(folder.key), ErrorCode::corrupt_file,
              name + ": the listing has a key that lies elsewhere: " + shown_reference(key));
      if (!take(std::move(key))) return false;
    }
    require(found.next.empty() || found.next != token, ErrorCode::corrupt_file,
            name + ": the listing does not go on");
    token = std::move(found.next);
  } while (!token.empty());
  return true;
}

BucketPage BucketLister::page(const S3Object& folder, bool recursive, const std::string& token) {
  const std::string name = "s3://" + folder.bucket + "/" + folder.key;
  Url url = aws_.url_of({folder.bucket, {}});
  url.query = listing_query(folder.key, recursive, token);
  const AwsSettings* const signing = aws_.access_key.empty() ? nullptr : &aws_;
  const FetchResult result = fetch_patiently(
      [&] { return result_of(http_->get(url, name, signing), name); }, patience_, clock_, stopped_);
  if (result.failure) throw Error(ErrorCode::io, result.failure->reason);
  return parse_bucket_page(result.bytes, name);
}

}  // namespace fliqe::tools
