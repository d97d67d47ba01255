// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

namespace fliqe::detail {

/// Goes through the segments of a JPEG file (ITU-T T.81, annex B) and says whether each Huffman
/// table has at most 256 codes, as it must. stb_image before version 2.28 writes as many as a table
/// claims, past its end.
class JpegTables {
 public:
  static bool are_sound(std::span<const std::byte> jpeg) noexcept {
    return JpegTables(jpeg).are_sound();
  }

 private:
  explicit JpegTables(std::span<const std::byte> jpeg) noexcept : jpeg_(jpeg) {}

  bool are_sound() noexcept {
    while (find_marker()) {
      const unsigned marker = byte(at_++);
      const bool stands_alone = marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd9);
      if (stands_alone) continue;
      const unsigned size = byte(at_) << 8 | byte(at_ + 1);
      constexpr unsigned huffman_tables = 0xc4;
      if (marker == huffman_tables && !huffman_tables_are_sound(at_ + 2, size)) return false;
      at_ += size;
    }
    return true;
  }

  /// To the byte after the next 0xff.
  bool find_marker() noexcept {
    while (at_ < jpeg_.size() && byte(at_) != 0xff) ++at_;
    while (at_ < jpeg_.size() && byte(at_) == 0xff) ++at_;
    return at_ < jpeg_.size();
  }

  bool huffman_tables_are_sound(std::size_t at, unsigned size) const noexcept {
    for (std::ptrdiff_t left = static_cast<std::ptrdiff_t>(size) - 2; left > 0;) {
      constexpr std::size_t lengths = 16, header = 1 + lengths;
      std::size_t codes = 0;
      for (std::size_t i = 1; i <= lengths; ++i) codes += byte(at + i);
      if (codes > 256) return false;
      at += header + codes;
      left -= static_cast<std::ptrdiff_t>(header + codes);
    }
    return true;
  }

  /// 0 after the end.
  unsigned byte(std::size_t at) const noexcept {
    return at < jpeg_.size() ? std::to_integer<unsigned>(jpeg_[at]) : 0;
  }

  std::span<const std::byte> jpeg_;
  std::size_t at_ = 0;
};

}  // namespace fliqe::detail
