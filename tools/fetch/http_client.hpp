// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fetch/aws_settings.hpp"
#include "fetch/fetch_result.hpp"
#include "fetch/url.hpp"

namespace fliqe::tools {

struct HttpClientOptions {
  std::size_t most_bytes = std::size_t{256} << 20;  ///< of a body
  double connect_timeout = 10;                      ///< seconds
  double timeout = 60;                              ///< seconds, for all of a request
  std::string ca_file{};  ///< authorities to trust (PEM); empty: the system's
  /// Ends requests with `cancelled` once it is true; may be null.
  const std::atomic<bool>* stopped = nullptr;
};

struct HttpAnswer {
  long status = 0;
  std::vector<std::byte> body{};
  std::string location{};                 ///< of a redirect, absolute
  double retry_after = 0;                 ///< seconds; 0: the server does not say
  std::optional<FetchFailure> failure{};  ///< when there is no complete answer
};

/// Sends requests and keeps connections. Follows no redirects. Thread-safe.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// @param name    stands for the URL in messages
  /// @param signing  signs the request for S3; may be null
  virtual HttpAnswer get(const Url& url, const std::string& name, const AwsSettings* signing) = 0;
};

/// Why there is no HTTP.
inline constexpr const char* without_http =
    "this program was built without HTTP: install libcurl4-openssl-dev and libexpat1-dev and build "
    "again";

/// Null when this program was built without libcurl and expat.
std::unique_ptr<HttpClient> open_http_client(const HttpClientOptions& options);

}  // namespace fliqe::tools
