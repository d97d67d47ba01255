// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/version.hpp>
#include <span>

namespace fliqe::inline FLIQE_ABI::detail {

/// Goes through the segments of a JPEG file (ITU-T T.81, annex B) and looks at its Huffman tables
/// as stb_image should: before version 2.28 it writes as many codes as a table claims, past its
/// end, and decodes with whatever memory held where a table is missing; later versions decode noise
/// then.
class JpegTables {
 public:
  /// What is wrong with them; null when nothing is.
  static const char* fault(std::span<const std::byte> jpeg) noexcept {
    return JpegTables(jpeg).fault();
  }

 private:
  explicit JpegTables(std::span<const std::byte> jpeg) noexcept : jpeg_(jpeg) {}

  const char* fault() noexcept {
    while (find_marker()) {
      const unsigned marker = byte(at_++);
      constexpr unsigned end_of_image = 0xd9;
      ended_ = ended_ || marker == end_of_image;
      const bool stands_alone = marker <= 0x01 || (marker >= 0xd0 && marker <= end_of_image);
      if (stands_alone) continue;
      if (const char* found = fault_in_segment(marker)) return found;
      at_ += segment_size();
    }
    return nullptr;
  }

  /// To the byte after the next 0xff.
  bool find_marker() noexcept {
    while (at_ < jpeg_.size() && byte(at_) != 0xff) ++at_;
    while (at_ < jpeg_.size() && byte(at_) == 0xff) ++at_;
    return at_ < jpeg_.size();
  }

  std::size_t segment_size() const noexcept { return byte(at_) << 8 | byte(at_ + 1); }

  const char* fault_in_segment(unsigned marker) noexcept {
    constexpr unsigned baseline = 0xc0, extended = 0xc1, progressive = 0xc2;
    constexpr unsigned huffman_tables = 0xc4, start_of_scan = 0xda;
    switch (marker) {
      case baseline:
      case extended:
      case progressive:
        is_coded_by_huffman_ = true;
        is_progressive_ = marker == progressive;
        break;
      case huffman_tables:
        if (!add_tables()) return "a Huffman table of the JPEG has more than 256 codes";
        break;
      case start_of_scan:
        // What follows the end of the picture is somebody else's.
        if (!ended_ && is_coded_by_huffman_ && !scan_has_its_tables()) {
          return "a scan of the JPEG names a Huffman table that the file does not have";
        }
        break;
      default:
        break;
    }
    return nullptr;
  }

  bool add_tables() noexcept {
    const std::size_t end = at_ + segment_size();
    for (std::size_t table = at_ + 2; table < end;) {
      constexpr std::size_t lengths = 16, header = 1 + lengths;
      std::size_t codes = 0;
      for (std::size_t i = 1; i <= lengths; ++i) codes += byte(table + i);
      if (codes > 256) return false;
      const unsigned kind = byte(table) >> 4, number = byte(table) & 15;
      if (kind <= 1 && number < 4) has_table_[kind][number] = true;
      table += header + codes;
    }
    return true;
  }

  /// Numbers that make no sense are left to the decoder, which looks at these.
  bool scan_has_its_tables() const noexcept {
    const std::size_t components = byte(at_ + 2), selectors = at_ + 3;
    const unsigned first_coefficient = byte(selectors + 2 * components);
    const bool is_refinement = byte(selectors + 2 * components + 2) >> 4 != 0;
    const bool needs_dc = !is_progressive_ || (first_coefficient == 0 && !is_refinement);
    const bool needs_ac = !is_progressive_ || first_coefficient > 0;
    for (std::size_t i = 0; i < components && i < 4; ++i) {
      const unsigned tables = byte(selectors + 2 * i + 1), dc = tables >> 4, ac = tables & 15;
      if (needs_dc && dc < 4 && !has_table_[0][dc]) return false;
      if (needs_ac && ac < 4 && !has_table_[1][ac]) return false;
    }
    return true;
  }

  /// 0 after the end.
  unsigned byte(std::size_t at) const noexcept {
    return at < jpeg_.size() ? std::to_integer<unsigned>(jpeg_[at]) : 0;
  }

  std::span<const std::byte> jpeg_;
  std::size_t at_ = 0;
  bool has_table_[2][4] = {};  ///< for DC and AC coefficients
  bool is_coded_by_huffman_ = false, is_progressive_ = false;
  bool ended_ = false;
};

}  // namespace fliqe::inline FLIQE_ABI::detail
