// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "fetch/reference.hpp"

namespace fliqe::tools {

/// Where S3 is and who asks.
struct AwsSettings {
  std::string access_key{};  ///< empty: nobody, for buckets that are open to all
  std::string secret_key{};
  std::string session_token{};
  std::string region = "us-east-1";
  std::string endpoint{};  ///< of a service that speaks S3, as a URL; empty: Amazon's

  /// From AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION or
  /// AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL.
  static AwsSettings from_environment();

  /// Amazon's buckets have a host each; other services, and names with dots, have it in the path.
  /// @throws Error `invalid_argument` for a malformed endpoint
  Url url_of(const S3Object& object) const;
};

}  // namespace fliqe::tools
