// SPDX-License-Identifier: MIT
/// @file
/// R-JPEG of DJI's cameras: a JPEG with the counts in its segments APP3, or APP4 (XT S). The XT2
/// and the XT R write FLIR's format instead.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/thermal/jpeg_segments.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <fliqe/thermal/thermal_frame.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::inline FLIQE_ABI {
namespace detail {

class DjiFile {
 public:
  DjiFile(const JpegSegments& segments, std::string name)
      : segments_(segments), name_(std::move(name)) {}

  static bool is_maker(const JpegSegments& segments) { return segments.maker() == "DJI"; }

  ThermalFrame frame(ByteOrder order, std::optional<FrameSize> given) const {
    const std::vector<std::byte> app3 = segments_.joined(JpegSegments::app3);
    const std::vector<std::byte> app4 = segments_.joined(JpegSegments::app4);
    require(!app3.empty() || !app4.empty(), ErrorCode::unsupported_format,
            {name_, ": not radiometric: the JPEG of a DJI camera holds no segments APP3 or APP4"});
    for (const std::vector<std::byte>* data : {&app3, &app4}) {
      const std::optional<FrameSize> size = size_of(data->size(), given);
      if (!size) continue;
      ThermalFrame frame;
      frame.raw =
          counts_from(*data, size->width, size->height, order.value_or(std::endian::little));
      frame.camera = segments_.model();
      describe(frame, app4);
      return frame;
    }
    refuse(app3.size(), app4.size(), given);
  }

 private:
  /// Of the sensors that DJI builds in; the rendered picture may be twice as large.
  static constexpr std::array<FrameSize, 5> sensors{
      {{640, 512}, {1280, 1024}, {336, 256}, {256, 192}, {160, 120}}};

  std::optional<FrameSize> size_of(std::size_t bytes, std::optional<FrameSize> given) const {
    const auto fits = [&](const std::optional<FrameSize>& size) {
      return size && size->count_bytes() == bytes;
    };
    if (const auto picture = segments_.picture_size(); fits(picture)) return picture;
    for (const FrameSize& each : sensors) {
      if (fits(each)) return each;
    }
    return fits(given) ? given : std::nullopt;
  }

  /// APP4 begins with the name of the method that turns counts into temperatures. Of these, iirp is
  /// known: fractions of a kelvin, as measured on the M3T (exiftool.org, topic 11401).
  static void describe(ThermalFrame& frame, const std::vector<std::byte>& app4) {
    constexpr std::string_view magic = "\xff\xd2\xd1\xff";
    constexpr std::size_t method_size = 4;
    const std::string_view text = as_text(app4);
    frame.container = "DJI R-JPEG";
    if (!text.starts_with(magic) || text.size() < magic.size() + method_size) return;
    const std::string_view method = text.substr(magic.size(), method_size);
    for (const std::string_view known : {"dirp", "girp", "hirp", "iirp"}) {
      if (method == known) frame.container += " " + std::string(known);
    }
    if (method == "iirp" && frame.camera == "M3T") frame.unit = CountsUnit::kelvin_64th;
  }

  [[noreturn]] void refuse(std::size_t app3, std::size_t app4,
                           std::optional<FrameSize> given) const {
    const std::optional<FrameSize> picture = segments_.picture_size();
    const FrameSize size = given ? *given : picture.value_or(sensors.front());
    raise(picture ? ErrorCode::unsupported_format : ErrorCode::corrupt_file,
          {name_, ": expected ", size.count_bytes(), " bytes of counts for ", size.width, "x",
           size.height, " in the segments APP3 or APP4 of a DJI camera, found ", app3, " and ",
           app4});
  }

  const JpegSegments& segments_;
  std::string name_;
};

}  // namespace detail

/// Reads the counts of a JPEG that a DJI camera wrote.
/// @param name   stands for the file in messages
/// @param order  of the bytes in a count; nothing: little-endian, as these cameras write them
/// @param size   of the counts, for sensors of a size that is not known here
/// @throws Error `unsupported_format` when there are no counts or of an unknown size,
///         `corrupt_file`
inline ThermalFrame decode_dji(std::span<const std::byte> bytes, const std::string& name,
                               ByteOrder order = {}, std::optional<FrameSize> size = {}) {
  const detail::JpegSegments segments(bytes);
  detail::require(detail::is_jpeg(bytes) && detail::DjiFile::is_maker(segments),
                  ErrorCode::unsupported_format, {name, ": expected a JPEG of a DJI camera"});
  return detail::DjiFile(segments, name).frame(order, size);
}

}  // namespace fliqe::inline FLIQE_ABI
