// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "fetch/allowed_prefixes.hpp"
#include "fetch/aws_settings.hpp"
#include "fetch/fetch_result.hpp"
#include "fetch/http_client.hpp"

namespace fliqe::tools {

/// Reads pictures that a job names, from files, by HTTP and from S3, where that is allowed.
/// Thread-safe: each thread that fetches at the same time has connections of its own, which are
/// kept.
class Fetcher {
 public:
  /// @throws Error `io` when libcurl cannot start
  Fetcher(AllowedPrefixes allowed, const HttpClientOptions& options = {},
          AwsSettings aws = AwsSettings::from_environment());
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  /// Once; see fetch_patiently(). @throws std::bad_alloc
  FetchResult fetch(const std::string& reference);

 private:
  FetchResult fetch_url(Url url);
  FetchResult fetch_object(const S3Object& object, const std::string& name);

  AllowedPrefixes allowed_;
  std::size_t most_bytes_;
  AwsSettings aws_;
  std::unique_ptr<HttpClient> http_;  ///< null when there is none
};

/// What an answer other than a redirect means. @param name  in messages
FetchResult result_of(HttpAnswer&& answer, const std::string& name);

}  // namespace fliqe::tools
