// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "fetch/aws_settings.hpp"
#include "fetch/bucket_page.hpp"
#include "fetch/fetch_patiently.hpp"
#include "fetch/http_client.hpp"

namespace fliqe::tools {

/// Lists what lies in buckets.
class BucketLister {
 public:
  /// @throws Error `io` when libcurl cannot start
  explicit BucketLister(const HttpClientOptions& options = {},
                        AwsSettings aws = AwsSettings::from_environment(),
                        const Patience& patience = {}, Clock& clock = real_clock());

  /// Calls back with the key of each object whose key begins with that of `folder`, in the order of
  /// the bucket, page by page.
  /// @param recursive  whether keys with a further slash belong to it
  /// @param take       false ends it
  /// @returns false when it was ended
  /// @throws Error `io` when the bucket cannot be listed, `corrupt_file`, or `no_such_capability`
  ///         when this program was built without HTTP
  bool list(const S3Object& folder, bool recursive, const std::function<bool(std::string&&)>& take);

 private:
  BucketPage page(const S3Object& folder, bool recursive, const std::string& token);

  AwsSettings aws_;
  Patience patience_;
  Clock& clock_;
  std::unique_ptr<HttpClient> http_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace fliqe::tools
