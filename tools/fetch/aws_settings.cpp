// SPDX-License-Identifier: MIT
#include "fetch/aws_settings.hpp"

#include <cstdlib>
#include <fliqe/base/error.hpp>
#include <initializer_list>

namespace fliqe::tools {
namespace {

/// The first of these variables that says something.
std::string first_variable(std::initializer_list<const char*> names, std::string otherwise = {}) {
  for (const char* name : names) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return otherwise;
}

}  // namespace

AwsSettings AwsSettings::from_environment() {
  return {.access_key = first_variable({"AWS_ACCESS_KEY_ID"}),
          .secret_key = first_variable({"AWS_SECRET_ACCESS_KEY"}),
          .session_token = first_variable({"AWS_SESSION_TOKEN"}),
          .region = first_variable({"AWS_REGION", "AWS_DEFAULT_REGION"}, "us-east-1"),
          .endpoint = first_variable({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"})};
}

Url AwsSettings::url_of(const S3Object& object) const {
  const bool has_dots = object.bucket.find('.') != std::string::npos;
  const bool has_own_host = endpoint.empty() && !has_dots;
  const std::string service = "s3." + region + ".amazonaws.com";
  Url url;
  try {
    url = parse_url(!endpoint.empty() ? endpoint
                    : has_own_host    ? "https://" + object.bucket + "." + service
                                      : "https://" + service);
  } catch (const Error& error) {
    throw Error(
        error.code(),
        std::string("AWS_ENDPOINT_URL, AWS_REGION: not those of a service: ") + error.what());
  }
  while (url.path.ends_with('/')) url.path.pop_back();
  if (!has_own_host) url.path += "/" + object.bucket;
  url.path += "/" + percent_encoded(object.key, "/");
  url.query.clear();
  return url;
}

}  // namespace fliqe::tools
