// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace fliqe::tools {

/// Who may call. Thread-safe.
class Access {
 public:
  /// Anybody who reaches the server.
  Access() = default;
  /// Whoever knows one of the tokens. @throws Error `invalid_argument` for one under 16 characters
  explicit Access(std::vector<std::string> tokens);
  /// The tokens of a file, a line each; empty lines and those that begin with # are skipped.
  /// @throws Error `io`, or `invalid_argument` without a token
  static Access from_file(const std::string& path);

  /// By "Authorization: Bearer TOKEN", or Basic with the token as password, which browsers can ask
  /// for. Takes as long for a wrong token as for a right one.
  bool allows(const HttpRequest& request) const;
  bool is_open() const noexcept { return tokens_.empty(); }

 private:
  std::vector<std::string> tokens_;
};

/// Whether a web page of another origin sent the request: its headers Origin and Host differ.
bool is_cross_origin(const HttpRequest& request);

/// Whether a Host header names this machine itself, so that no other name was made to point at it
/// (DNS rebinding).
bool names_loopback(std::string_view host);

}  // namespace fliqe::tools
