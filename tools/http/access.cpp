// SPDX-License-Identifier: MIT
#include "http/access.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <fliqe/base/error.hpp>
#include <span>

#include "io/base64.hpp"
#include "io/inputs.hpp"
#include "io/sha256.hpp"
#include "io/trimmed.hpp"

namespace fliqe::tools {
namespace {

constexpr std::size_t least_token_length = 16;

/// Of hashes, which are of one length whatever was sent.
bool is_same(const std::string& a, const std::string& b) {
  return CRYPTO_memcmp(a.data(), b.data(), std::min(a.size(), b.size())) == 0;
}

std::string hash(std::string_view text) {
  return sha256(std::as_bytes(std::span(text.data(), text.size())));
}

/// The token that a request shows; empty without one.
std::string shown_token(std::string_view authorization) {
  const std::size_t space = std::min(authorization.find(' '), authorization.size());
  std::string scheme(authorization.substr(0, space));
  std::ranges::transform(scheme, scheme.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::string_view rest = trimmed(authorization.substr(space));
  if (scheme == "bearer") return std::string(rest);
  if (scheme != "basic") return {};
  const std::string pair = base64_decoded(rest).value_or("");
  const std::size_t colon = pair.find(':');
  return colon == pair.npos ? std::string() : pair.substr(colon + 1);
}

}  // namespace

Access::Access(std::vector<std::string> tokens) {
  for (const std::string& token : tokens) {
    require(token.size() >= least_token_length, ErrorCode::invalid_argument,
            {"token: expected at least ", least_token_length, " characters, found ", token.size()});
    tokens_.push_back(hash(token));
  }
}

Access Access::from_file(const std::string& path) {
  std::vector<std::string> tokens;
  for (const std::string& line : read_list(path)) {
    const std::string_view token = trimmed(line);
    if (!token.empty() && !token.starts_with('#')) tokens.emplace_back(token);
  }
  require(!tokens.empty(), ErrorCode::invalid_argument, path + ": expected a token, found none");
  return Access(std::move(tokens));
}

bool Access::allows(const HttpRequest& request) const {
  if (is_open()) return true;
  const std::string shown = hash(shown_token(request.header("authorization")));
  bool is_known = false;
  for (const std::string& token : tokens_) is_known |= is_same(token, shown);
  return is_known;
}

bool is_cross_origin(const HttpRequest& request) {
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return false;
  const std::size_t scheme = origin.find("://");
  return scheme == origin.npos || origin.substr(scheme + 3) != request.header("host");
}

bool names_loopback(std::string_view host) {
  if (host == "::1") return true;  // an address to listen on has no brackets
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1) == "[::1]";
  const std::string_view name = host.substr(0, host.find(':'));
  const bool is_address = name.find_first_not_of("0123456789.") == name.npos;
  return name == "localhost" || (is_address && name.starts_with("127."));
}

}  // namespace fliqe::tools
