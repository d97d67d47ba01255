// SPDX-License-Identifier: MIT
#include "io/shard.hpp"

#include <cstdint>
#include <cstdio>
#include <fliqe/base/error.hpp>

namespace fliqe::tools {
namespace {

/// FNV-1a, and a last step that spreads short differences over all bits (MurmurHash3's).
std::uint64_t stable_hash(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  return hash ^ (hash >> 33);
}

}  // namespace

bool Shard::holds(std::string_view entry) const noexcept {
  return stable_hash(entry) % count == number - 1;
}

Shard parse_shard(const std::string& text) {
  Shard shard;
  char rest = 0;
  const bool is_digits = text.find_first_not_of("0123456789/") == text.npos;
  const int read = std::sscanf(text.c_str(), "%9u/%9u%c", &shard.number, &shard.count, &rest);
  require(is_digits && read == 2 && shard.number >= 1 && shard.number <= shard.count,
          ErrorCode::invalid_argument,
          "--shard: expected NUMBER/COUNT with a number from 1 to the count, found '" + text + "'");
  return shard;
}

}  // namespace fliqe::tools
