// SPDX-License-Identifier: MIT
#include "serve/page_policy.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cstddef>

namespace fliqe::tools {
namespace {

/// What stands between the first <tag> and </tag>.
std::string_view element(std::string_view page, const std::string& tag) {
  const std::size_t begin = page.find("<" + tag + ">") + tag.size() + 2;
  return page.substr(begin, page.find("</" + tag + ">", begin) - begin);
}

std::string source_hash(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  std::array<unsigned char, (SHA256_DIGEST_LENGTH + 2) / 3 * 4 + 1> base64{};
  EVP_EncodeBlock(base64.data(), hash.data(), static_cast<int>(hash.size()));
  return "'sha256-" + std::string(reinterpret_cast<const char*>(base64.data())) + "'";
}

}  // namespace

std::string page_policy(std::string_view page) {
  return "default-src 'none'; script-src " + source_hash(element(page, "script")) + "; style-src " +
         source_hash(element(page, "style")) +
         "; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace fliqe::tools
