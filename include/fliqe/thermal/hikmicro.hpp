// SPDX-License-Identifier: MIT
/// @file
/// JPEG of Hikmicro's handheld cameras: the counts lie behind the rendered picture in a block that
/// begins with "HDRI". What a count stands for is not known. The layout is that of the projects
/// hikmicro and hikmicropy.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/byte_reader.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/thermal/jpeg_segments.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <fliqe/thermal/thermal_frame.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fliqe::inline FLIQE_ABI {
namespace detail {

class HikmicroBlock {
 public:
  /// The last block of the file whose header could be one: the four letters may occur by chance in
  /// the pictures before it.
  static std::optional<HikmicroBlock> find(Bytes file, const std::string& name) {
    const std::string_view text = as_text(file), magic = "HDRI";
    for (std::size_t at = text.rfind(magic); at != text.npos; at = text.rfind(magic, at - 1)) {
      HikmicroBlock block(file.subspan(at), name);
      if (block.is_plausible()) return block;
      if (at == 0) break;
    }
    return std::nullopt;
  }

  ThermalFrame frame(ByteOrder order, const JpegSegments& segments) {
    const FrameSize size{static_cast<int>(width_), static_cast<int>(height_)};
    reader_.seek(counts_place);
    require(reader_.left() >= size.count_bytes(), ErrorCode::corrupt_file,
            {reader_.name(), ": expected ", size.count_bytes(), " bytes of counts for ", width_,
             "x", height_, " in the HDRI block, found ", reader_.left()});
    ThermalFrame frame;
    frame.raw = counts_from(reader_.take(static_cast<std::size_t>(size.count_bytes())), size.width,
                            size.height, order.value_or(std::endian::little));
    frame.camera = segments.model();
    frame.container = "Hikmicro HDRI";
    return frame;
  }

 private:
  static constexpr std::size_t width_place = 12, height_place = 16, counts_place = 44;

  HikmicroBlock(Bytes bytes, const std::string& name) : reader_(bytes, name) {
    if (bytes.size() < counts_place) return;
    width_ = reader_.number_at<std::uint32_t>(width_place, std::endian::little);
    height_ = reader_.number_at<std::uint32_t>(height_place, std::endian::little);
  }

  bool is_plausible() const noexcept {
    constexpr std::uint32_t longest_side = 4096;  // no thermal sensor has more
    return width_ > 0 && width_ <= longest_side && height_ > 0 && height_ <= longest_side;
  }

  ByteReader reader_;
  std::uint32_t width_ = 0, height_ = 0;
};

}  // namespace detail

/// Reads the counts of a JPEG that a Hikmicro camera wrote.
/// @param name   stands for the file in messages
/// @param order  of the bytes in a count; nothing: little-endian, as these cameras write them
/// @throws Error `unsupported_format` when there are no counts, `corrupt_file`
inline ThermalFrame decode_hikmicro(std::span<const std::byte> bytes, const std::string& name,
                                    ByteOrder order = {}) {
  std::optional<detail::HikmicroBlock> block = detail::HikmicroBlock::find(bytes, name);
  detail::require(detail::is_jpeg(bytes) && block.has_value(), ErrorCode::unsupported_format,
                  {name, ": expected a JPEG with a Hikmicro HDRI block"});
  return block->frame(order, detail::JpegSegments(bytes));
}

}  // namespace fliqe::inline FLIQE_ABI
