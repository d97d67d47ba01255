// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/byte_reader.hpp>
#include <fliqe/image/exif.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI::detail {

inline bool is_jpeg(Bytes bytes) noexcept {
  return as_text(bytes).starts_with("\xff\xd8\xff");
}

/// The segments of a JPEG before the picture's data, where cameras keep what is no picture. What is
/// no marker, or reaches beyond the end, ends the list.
class JpegSegments {
 public:
  static constexpr std::uint16_t app1 = 0xffe1, app2 = 0xffe2, app3 = 0xffe3, app4 = 0xffe4;

  struct Segment {
    std::uint16_t marker;
    Bytes contents;
  };

  explicit JpegSegments(Bytes jpeg) {
    constexpr std::uint16_t lowest = 0xffc0, end_of_image = 0xffd9, start_of_scan = 0xffda;
    ByteReader reader(jpeg, {});
    reader.seek(std::min<std::size_t>(2, jpeg.size()));
    while (reader.left() >= 4) {
      const auto marker = reader.number<std::uint16_t>(std::endian::big);
      if (marker < lowest || marker == end_of_image || marker == start_of_scan) break;
      const auto size = reader.number<std::uint16_t>(std::endian::big);
      if (size < 2 || size - 2u > reader.left()) break;
      segments_.push_back({marker, reader.take(size - 2u)});
    }
  }

  auto begin() const noexcept { return segments_.begin(); }
  auto end() const noexcept { return segments_.end(); }

  /// The contents of the first segment of this kind, empty when there is none.
  Bytes first(std::uint16_t marker) const noexcept {
    for (const Segment& each : segments_) {
      if (each.marker == marker) return each.contents;
    }
    return {};
  }

  /// The contents of all segments of this kind, one after the other.
  std::vector<std::byte> joined(std::uint16_t marker) const {
    std::vector<std::byte> bytes;
    for (const Segment& each : segments_) {
      if (each.marker == marker) {
        bytes.insert(bytes.end(), each.contents.begin(), each.contents.end());
      }
    }
    return bytes;
  }

  /// The rendered picture's, nothing when the list ends before.
  std::optional<FrameSize> picture_size() const {
    for (const Segment& each : segments_) {
      if (!is_frame_header(each.marker) || each.contents.size() < 5) continue;
      ByteReader reader(each.contents, {});
      const int height = reader.number_at<std::uint16_t>(1, std::endian::big);
      const int width = reader.number<std::uint16_t>(std::endian::big);
      if (width > 0 && height > 0) return FrameSize{width, height};
    }
    return std::nullopt;
  }

  /// A text of the EXIF data, such as the maker's name (0x010f) or the model (0x0110).
  std::string exif_text(std::uint16_t tag) const {
    for (const Segment& each : segments_) {
      if (each.marker != app1) continue;
      const std::string_view text = ExifDirectory(each.contents).text(tag);
      if (!text.empty()) return std::string(text);
    }
    return {};
  }

  std::string maker() const { return exif_text(0x010f); }
  std::string model() const { return exif_text(0x0110); }

 private:
  /// SOF0 to SOF15, without DHT, JPG and DAC among them.
  static bool is_frame_header(std::uint16_t marker) noexcept {
    return marker >= 0xffc0 && marker <= 0xffcf && marker != 0xffc4 && marker != 0xffc8 &&
           marker != 0xffcc;
  }

  std::vector<Segment> segments_;
};

}  // namespace fliqe::inline FLIQE_ABI::detail
