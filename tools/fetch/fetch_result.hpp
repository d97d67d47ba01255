// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::tools {

/// Why a picture could not be fetched; stable, so that programs can branch on it.
enum class FetchCode {
  bad_reference,      ///< neither a path nor a URL that is read here
  not_allowed,        ///< it, or where it leads, lies in no allowed place
  not_found,          ///< also HTTP 404 and 410
  forbidden,          ///< the system's permissions, HTTP 401 and 403
  not_a_file,         ///< a folder, a device, ...
  too_large,          ///< more bytes than the limit
  untrusted,          ///< TLS: the certificate is not that of the host
  unreachable,        ///< no connection, or it broke
  timeout,            ///< also HTTP 408
  too_many_requests,  ///< HTTP 429
  server_error,       ///< HTTP 5xx
  refused,            ///< any other HTTP status
  io,                 ///< the system failed to read a file
  unsupported,        ///< this program was built without HTTP
  cancelled,          ///< the program ends
};

constexpr std::string_view to_string(FetchCode code) noexcept {
  constexpr std::string_view names[] = {
      "bad_reference", "not_allowed", "not_found",   "forbidden",   "not_a_file",
      "too_large",     "untrusted",   "unreachable", "timeout",     "too_many_requests",
      "server_error",  "refused",     "io",          "unsupported", "cancelled"};
  return names[static_cast<std::size_t>(code)];
}

struct FetchFailure {
  FetchCode code = FetchCode::io;
  std::string reason{};       ///< for people: names the reference, shows no secret
  bool is_transient = false;  ///< the same may succeed later
  double retry_after = 0;     ///< seconds that the server asks to wait; 0: it says nothing
};

/// The bytes of a picture, or why there are none.
struct FetchResult {
  std::vector<std::byte> bytes{};
  std::optional<FetchFailure> failure{};
  int tries = 1;
};

}  // namespace fliqe::tools
