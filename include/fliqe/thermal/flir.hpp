// SPDX-License-Identifier: MIT
/// @file
/// FLIR's containers: radiometric JPEG (segments APP1 that begin with "FLIR"), FFF, and SEQ, which
/// is FFF after FFF. The layout is documented by ExifTool's FLIR tag tables.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <fliqe/thermal/jpeg_segments.hpp>
#include <fliqe/thermal/radiometry.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <fliqe/thermal/thermal_frame.hpp>
#include <fliqe/version.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// Decodes a picture of 16 bits in JPEG-LS, which the library does not; `name` is for messages.
using JpegLsDecoder = RawFrame (*)(std::span<const std::byte> bytes, const std::string& name);

namespace detail {

class FlirFile {
 public:
  /// @param bytes    begins with an FFF header
  /// @param jpeg_ls  for raw data that are JPEG-LS, may be null. @throws Error `corrupt_file`
  FlirFile(Bytes bytes, std::string name, JpegLsDecoder jpeg_ls = nullptr)
      : reader_(bytes, std::move(name)), jpeg_ls_(jpeg_ls) {
    const std::optional<std::endian> order = order_of_header(reader_.take(header_size));
    if (!order) reader_.fail("expected an FFF version from 100 to 199");
    order_ = *order;
    const std::size_t directory = word(directory_place), count = word(count_place);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t entry = directory + i * entry_size;
      const auto type = reader_.number_at<std::uint16_t>(entry, order_);
      const std::size_t offset = word(entry + 0x0c), length = word(entry + 0x10);
      if (type == 0 || length == 0) continue;  // an empty slot
      records_.try_emplace(type, Place{offset, length});
    }
  }

  static bool is_header(Bytes bytes) noexcept {
    const std::string_view text = as_text(bytes.first(std::min<std::size_t>(4, bytes.size())));
    return text == std::string_view("FFF\0", 4) || text == std::string_view("AFF\0", 4);
  }

  /// Not only the letters, which could be counts.
  static bool is_complete_header(Bytes bytes) {
    return is_header(bytes) && bytes.size() >= header_size && order_of_header(bytes).has_value();
  }

  ThermalFrame frame(ByteOrder wanted) {
    ThermalFrame result;
    result.container = "FLIR";
    result.raw = raw(wanted);
    read_camera(result);
    return result;
  }

 private:
  struct Place {
    std::size_t offset, length;
  };

  static constexpr std::size_t header_size = 0x40, version_place = 0x14, directory_place = 0x18,
                               count_place = 0x1c, entry_size = 0x20;
  static constexpr std::uint16_t raw_data = 0x01, camera_info = 0x20;

  static constexpr std::endian other(std::endian order) noexcept {
    return order == std::endian::little ? std::endian::big : std::endian::little;
  }

  std::uint32_t word(std::size_t place) { return reader_.number_at<std::uint32_t>(place, order_); }

  /// Versions are known; only one way of reading them gives one of those.
  static std::optional<std::endian> order_of_header(Bytes header) {
    ByteReader reader(header, {});
    for (const std::endian order : {std::endian::big, std::endian::little}) {
      const auto version = reader.number_at<std::uint32_t>(version_place, order);
      if (version >= 100 && version < 200) return order;
    }
    return std::nullopt;
  }

  /// A record of its own order: it begins with the number 2.
  struct Record {
    ByteReader reader;
    std::endian order;
  };

  std::optional<Record> record(std::uint16_t type) {
    const auto found = records_.find(type);
    if (found == records_.end()) return std::nullopt;
    reader_.seek(found->second.offset);
    Record result{ByteReader(reader_.take(found->second.length), reader_.name()), order_};
    for (const std::endian order : {order_, other(order_)}) {
      result.order = order;
      if (result.reader.number_at<std::uint16_t>(0, order) == 2) return result;
    }
    reader_.fail({"expected a record of version 2 (type ", type, ")"});
  }

  RawFrame raw(ByteOrder wanted) {
    constexpr std::size_t data_place = 0x20;
    std::optional<Record> found = record(raw_data);
    require(found.has_value(), ErrorCode::unsupported_format,
            {reader_.name(), ": not radiometric: the file holds no raw thermal data"});
    ByteReader& reader = found->reader;
    const std::endian order = found->order;
    const int width = reader.number_at<std::uint16_t>(2, order);
    const int height = reader.number_at<std::uint16_t>(4, order);
    reader.seek(data_place);
    const Bytes data = reader.take(reader.left());
    if (is_png(data)) {
      // Some say another size than their PNG has.
      constexpr std::size_t most_pixels = 1 << 24;  // no thermal sensor has more
      RawFrame frame = decode_gray16_png(data, reader_.name() + ": raw thermal data", most_pixels);
      put_in_order(frame, std::endian::big, wanted);
      return frame;
    }
    if (as_text(data).starts_with("\xff\xd8\xff\xf7")) return jpeg_ls(data, wanted);
    require_image_size(reader_.name(), static_cast<std::size_t>(width),
                       static_cast<std::size_t>(height));
    const std::size_t expected =
        2 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    require(data.size() >= expected, ErrorCode::corrupt_file,
            {reader_.name(), ": expected ", expected, " bytes of raw data for ", width, "x", height,
             ", found ", data.size()});
    RawFrame frame = counts_from(data.first(expected), width, height, std::endian::little);
    put_in_order(frame, std::endian::little, wanted);
    return frame;
  }

  RawFrame jpeg_ls(Bytes data, ByteOrder wanted) const {
    require(jpeg_ls_ != nullptr, ErrorCode::unsupported_format,
            {reader_.name(), ": the raw data is JPEG-LS (CSQ), for which no decoder is given"});
    RawFrame frame = jpeg_ls_(data, reader_.name() + ": raw thermal data");
    put_in_order(frame, std::endian::big, wanted);
    return frame;
  }

  void read_camera(ThermalFrame& frame) {
    std::optional<Record> found = record(camera_info);
    if (!found) return;
    ByteReader& reader = found->reader;
    const std::endian order = found->order;
    const auto real = [&](std::size_t place) {
      return static_cast<double>(reader.number_at<float>(place, order));
    };
    constexpr std::size_t model_place = 0xd4, model_size = 32;
    reader.seek(model_place);
    const std::string_view model = as_text(reader.take(model_size));
    frame.camera = std::string(model.substr(0, model.find('\0')));

    Radiometry scene;
    scene.emissivity = real(0x20);
    scene.distance = real(0x24);
    scene.reflected_temperature = real(0x28);
    scene.atmosphere_temperature = real(0x2c);
    scene.window_temperature = real(0x30);
    scene.window_transmission = real(0x34);
    scene.relative_humidity = real(0x3c);
    if (scene.relative_humidity > 2) scene.relative_humidity /= 100;  // some write percent
    scene.r1 = real(0x58);
    scene.b = real(0x5c);
    scene.f = real(0x60);
    scene.alpha1 = real(0x70);
    scene.alpha2 = real(0x74);
    scene.beta1 = real(0x78);
    scene.beta2 = real(0x7c);
    scene.x = real(0x80);
    scene.o = reader.number_at<std::int32_t>(0x308, order);
    scene.r2 = real(0x30c);
    if (scene.is_valid()) frame.radiometry = scene;
  }

  ByteReader reader_;
  JpegLsDecoder jpeg_ls_;
  std::endian order_ = std::endian::big;
  std::map<std::uint16_t, Place> records_;  ///< the first of each type
};

inline bool is_flir_segment(const JpegSegments::Segment& segment) noexcept {
  return segment.marker == JpegSegments::app1 &&
         as_text(segment.contents).starts_with(std::string_view("FLIR\0\1", 6));
}

inline bool has_flir_segments(const JpegSegments& segments) noexcept {
  return std::ranges::any_of(segments, is_flir_segment);
}

/// The pieces of an FFF file in the APP1 segments of a JPEG, put together; empty when there are
/// none.
inline std::vector<std::byte> flir_segments(const JpegSegments& segments) {
  constexpr std::size_t header = 8;
  std::map<unsigned, Bytes> pieces;
  for (const JpegSegments::Segment& segment : segments) {
    if (!is_flir_segment(segment) || segment.contents.size() <= header) continue;
    // Some software writes the same piece twice, or no numbers at all.
    const auto number = std::to_integer<unsigned>(segment.contents[6]);
    const bool is_numbered = segment.contents[7] != std::byte{0};
    pieces.try_emplace(is_numbered ? number : static_cast<unsigned>(pieces.size()),
                       segment.contents.subspan(header));
  }
  std::vector<std::byte> joined;
  for (const auto& [number, piece] : pieces) {
    joined.insert(joined.end(), piece.begin(), piece.end());
  }
  return joined;
}

}  // namespace detail

/// Whether these bytes are an FFF or SEQ file.
inline bool is_fff(std::span<const std::byte> bytes) noexcept {
  return detail::FlirFile::is_header(bytes);
}

/// Where the frames of a SEQ file begin; a single 0 for an FFF file.
inline std::vector<std::size_t> fff_frames(std::span<const std::byte> bytes) {
  std::vector<std::size_t> offsets;
  const std::string_view text = detail::as_text(bytes), end_of_magic("FF\0", 3);
  for (std::size_t at = text.find(end_of_magic); at != std::string_view::npos;
       at = text.find(end_of_magic, at + 1)) {
    if (at > 0 && detail::FlirFile::is_complete_header(bytes.subspan(at - 1))) {
      offsets.push_back(at - 1);
    }
  }
  return offsets;
}

/// Reads a radiometric JPEG, an FFF file, or one frame of a SEQ or CSQ file.
/// @param name   stands for the file in messages
/// @param order  of the bytes in a count
/// @param jpeg_ls  for CSQ files, whose frames are refused without it
/// @throws Error `unsupported_format` when there is no raw thermal data, `corrupt_file`,
///         `invalid_argument` when there are fewer frames
inline ThermalFrame decode_flir(std::span<const std::byte> bytes, const std::string& name,
                                ByteOrder order = {}, std::size_t frame = 0,
                                JpegLsDecoder jpeg_ls = nullptr) {
  if (detail::is_jpeg(bytes)) {
    const std::vector<std::byte> joined = detail::flir_segments(detail::JpegSegments(bytes));
    detail::require(!joined.empty(), ErrorCode::unsupported_format,
                    {name, ": not radiometric: the JPEG holds no FLIR segments"});
    detail::require(is_fff(joined), ErrorCode::corrupt_file,
                    {name, ": expected an FFF header in the FLIR segments"});
    return detail::FlirFile(joined, name, jpeg_ls).frame(order);
  }
  detail::require(is_fff(bytes), ErrorCode::unsupported_format,
                  {name, ": expected a radiometric JPEG, an FFF or a SEQ file"});
  if (frame == 0) return detail::FlirFile(bytes, name, jpeg_ls).frame(order);
  const std::vector<std::size_t> frames = fff_frames(bytes);
  detail::require(frame < frames.size(), ErrorCode::invalid_argument,
                  {name, ": expected a frame below ", frames.size(), ", found ", frame});
  return detail::FlirFile(bytes.subspan(frames[frame]), name, jpeg_ls).frame(order);
}

}  // namespace fliqe::inline FLIQE_ABI
