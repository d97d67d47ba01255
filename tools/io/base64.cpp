// SPDX-License-Identifier: MIT
#include "io/base64.hpp"

#include <openssl/evp.h>

#include <limits>

namespace fliqe::tools {

std::optional<std::string> base64_decoded(std::string_view text) {
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<int>::max());
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.empty()) return std::string();
  if (text.size() % 4 != 0 || text.size() > most) return std::nullopt;
  const std::size_t last = text.find_last_not_of('=');
  const std::size_t padding = text.size() - 1 - last;
  // OpenSSL accepts blanks around the text and padding within it.
  if (last == text.npos || padding > 2 ||
      text.substr(0, last + 1).find_first_not_of(alphabet) != text.npos) {
    return std::nullopt;
  }
  std::string bytes(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size())) < 0) {
    return std::nullopt;
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace fliqe::tools
