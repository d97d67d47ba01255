// SPDX-License-Identifier: MIT
/// @file
/// IRG of InfiRay's cameras and of those that they build for others (C200, P200, Autel): a header,
/// a picture of 8 bits, counts of 16 bits, then perhaps a JPEG. The layout is that of the Python
/// module infiray_irg.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/byte_reader.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <fliqe/thermal/thermal_frame.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string>
#include <string_view>

namespace fliqe::inline FLIQE_ABI {
namespace detail {

class IrgFile {
 public:
  IrgFile(Bytes bytes, std::string name) : reader_(bytes, std::move(name)) {
    kind_ = word(0);
    header_size_ = word(2);
    height_ = word(8);
    width_ = word(10);
  }

  /// Two bytes would be too little to tell it by.
  static bool is_header(Bytes bytes) {
    if (bytes.size() < least_header) return false;
    IrgFile file(bytes, {});
    if (file.header_size_ < least_header || file.header_size_ > bytes.size()) return false;
    if (file.kind_ == p200) return file.picture_size() == file.pixels() && file.pixels() > 0;
    return (file.kind_ == c200 || file.kind_ == other) && file.ends_in_mark();
  }

  ThermalFrame frame(ByteOrder order) {
    require_image_size(reader_.name(), width_, height_);
    require(picture_size() == pixels(), ErrorCode::corrupt_file,
            {reader_.name(), ": expected a picture of ", pixels(), " bytes for ", width_, "x",
             height_, ", found ", picture_size()});
    reader_.seek(header_size_);
    const std::size_t found = reader_.left();
    require(found / 3 >= pixels(), ErrorCode::corrupt_file,
            {reader_.name(), ": expected ", 3 * std::uint64_t{pixels()},
             " bytes after the header for ", width_, "x", height_, ", found ", found});
    reader_.take(pixels());
    ThermalFrame frame;
    frame.raw = counts_from(reader_.take(2 * pixels()), static_cast<int>(width_),
                            static_cast<int>(height_), order.value_or(std::endian::little));
    frame.container = "InfiRay IRG";
    frame.unit = unit();
    return frame;
  }

 private:
  static constexpr std::size_t least_header = 78, c200 = 0xacca, other = 0xabba, p200 = 0xa004;

  std::size_t word(std::size_t place) {
    return reader_.number_at<std::uint16_t>(place, std::endian::little);
  }
  std::size_t double_word(std::size_t place) {
    return reader_.number_at<std::uint32_t>(place, std::endian::little);
  }

  std::size_t pixels() const noexcept { return width_ * height_; }
  std::size_t picture_size() { return double_word(4); }

  bool ends_in_mark() {
    constexpr std::size_t mark = 0xcaac;
    return word(header_size_ - 2) == mark;
  }

  CountsUnit unit() {
    if (kind_ != c200) return CountsUnit::kelvin_10th;
    if (word(12) == 1) return CountsUnit::kelvin_10th;  // drones by Autel
    const bool is_high_gain = double_word(74) == 1;
    return is_high_gain ? CountsUnit::kelvin_16th : CountsUnit::unknown;
  }

  ByteReader reader_;
  std::size_t kind_ = 0, header_size_ = 0, height_ = 0, width_ = 0;
};

}  // namespace detail

/// Whether these bytes are an IRG file.
inline bool is_irg(std::span<const std::byte> bytes) {
  return detail::IrgFile::is_header(bytes);
}

/// Reads the counts of an IRG file.
/// @param name   stands for the file in messages
/// @param order  of the bytes in a count; nothing: little-endian, as these cameras write them
/// @throws Error `unsupported_format`, `corrupt_file`
inline ThermalFrame decode_irg(std::span<const std::byte> bytes, const std::string& name,
                               ByteOrder order = {}) {
  detail::require(is_irg(bytes), ErrorCode::unsupported_format, {name, ": expected an IRG file"});
  return detail::IrgFile(bytes, name).frame(order);
}

}  // namespace fliqe::inline FLIQE_ABI
