// SPDX-License-Identifier: MIT
#include <fliqe/base/error.hpp>

#include "fetch/bucket_page.hpp"
#include "fetch/http_client.hpp"

namespace fliqe::tools {

std::unique_ptr<HttpClient> open_http_client(const HttpClientOptions&) {
  return nullptr;
}

BucketPage parse_bucket_page(std::span<const std::byte>, const std::string& name) {
  throw Error(ErrorCode::no_such_capability, name + ": " + without_http);
}

}  // namespace fliqe::tools
