// SPDX-License-Identifier: MIT
#include "fetch/http_client.hpp"

namespace fliqe::tools {

std::unique_ptr<HttpClient> open_http_client(const HttpClientOptions&) {
  return nullptr;
}

}  // namespace fliqe::tools
