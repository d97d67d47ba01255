// SPDX-License-Identifier: MIT
/// @file
/// IJPEG of InfiRay's cameras (P2 Pro, Thermal Master P2): a JPEG whose segment APP2 describes
/// planes that lie one after the other in the segments APP3: a grey picture, then the counts. The
/// layout is documented by ExifTool's InfiRay tag tables.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/byte_reader.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/thermal/jpeg_segments.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <fliqe/thermal/thermal_frame.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::inline FLIQE_ABI {
namespace detail {

class IjpegFile {
 public:
  IjpegFile(const JpegSegments& segments, std::string name)
      : segments_(segments), header_(header_of(segments), std::move(name)) {}

  static bool has_header(const JpegSegments& segments) { return !header_of(segments).empty(); }

  ThermalFrame frame(ByteOrder order) {
    const Plane picture = plane(picture_place), temperatures = plane(temperatures_place);
    require(temperatures.bytes > 0, ErrorCode::unsupported_format,
            {name(), ": not radiometric: the IJPEG header tells of no temperatures"});
    require_whole_rows(temperatures);
    const std::vector<std::byte> data = segments_.joined(JpegSegments::app3);
    require(picture.bytes <= data.size() && temperatures.bytes <= data.size() - picture.bytes,
            ErrorCode::corrupt_file,
            {name(), ": expected ", picture.bytes, " and ", temperatures.bytes,
             " bytes in the segments APP3, found ", data.size()});
    const int height = static_cast<int>(temperatures.bytes / (2 * temperatures.width));
    require_image_size(name(), static_cast<std::size_t>(temperatures.width),
                       static_cast<std::size_t>(height));
    ThermalFrame frame;
    frame.raw = counts_from(Bytes(data).subspan(static_cast<std::size_t>(picture.bytes),
                                                static_cast<std::size_t>(temperatures.bytes)),
                            static_cast<int>(temperatures.width), height,
                            order.value_or(std::endian::little));
    frame.camera = segments_.model();
    frame.container = "InfiRay IJPEG";
    if (is_high_gain()) frame.unit = CountsUnit::kelvin_64th;
    return frame;
  }

 private:
  struct Plane {
    std::uint64_t bytes, width, height, bits;
  };

  static constexpr std::size_t signature_place = 4, picture_place = 0x20, temperatures_place = 0x30;

  const std::string& name() const noexcept { return header_.name(); }

  static Bytes header_of(const JpegSegments& segments) {
    for (const JpegSegments::Segment& each : segments) {
      if (each.marker != JpegSegments::app2 || each.contents.size() <= signature_place) continue;
      const std::string_view text = as_text(each.contents).substr(signature_place);
      if (text.starts_with(std::string_view("IJPEG\0", 6))) return each.contents;
    }
    return {};
  }

  Plane plane(std::size_t place) {
    constexpr std::endian order = std::endian::little;
    Plane plane{};
    plane.bytes = header_.number_at<std::uint64_t>(place, order);
    plane.width = header_.number_at<std::uint16_t>(place + 0x0a, order);
    plane.height = header_.number_at<std::uint16_t>(place + 0x0c, order);
    plane.bits = header_.number_at<std::uint8_t>(place + 0x0e, order);
    return plane;
  }

  /// Some say 192 rows of 16 bits, some 384 of 8 bits for the same bytes.
  void require_whole_rows(const Plane& plane) const {
    const std::uint64_t expected = plane.width * plane.height * plane.bits / 8;
    require(plane.bits > 0 && plane.bytes == expected, ErrorCode::corrupt_file,
            {name(), ": expected ", expected, " bytes of temperatures for ", plane.width, "x",
             plane.height, " of ", plane.bits, " bits, found ", plane.bytes});
    require(plane.bytes % (2 * plane.width) == 0, ErrorCode::corrupt_file,
            {name(), ": expected rows of ", plane.width, " temperatures of 16 bits, found ",
             plane.bytes, " bytes"});
  }

  /// Only then, counts are known to be fractions of a kelvin.
  bool is_high_gain() const {
    constexpr std::size_t gain_place = 0x64;
    const Bytes factory = segments_.first(JpegSegments::app4);
    return factory.size() > gain_place && factory[gain_place] == std::byte{1};
  }

  const JpegSegments& segments_;
  ByteReader header_;
};

}  // namespace detail

/// Reads the counts of a JPEG that an InfiRay camera wrote.
/// @param name   stands for the file in messages
/// @param order  of the bytes in a count; nothing: little-endian, as these cameras write them
/// @throws Error `unsupported_format` when there are no counts, `corrupt_file`
inline ThermalFrame decode_ijpeg(std::span<const std::byte> bytes, const std::string& name,
                                 ByteOrder order = {}) {
  const detail::JpegSegments segments(bytes);
  detail::require(detail::is_jpeg(bytes) && detail::IjpegFile::has_header(segments),
                  ErrorCode::unsupported_format, {name, ": expected a JPEG with an IJPEG header"});
  return detail::IjpegFile(segments, name).frame(order);
}

}  // namespace fliqe::inline FLIQE_ABI
