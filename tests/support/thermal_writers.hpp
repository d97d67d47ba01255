// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <fliqe/image/image_view.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <span>
#include <string>
#include <vector>

#include "images/encode.hpp"
#include "support/flir_writer.hpp"

namespace fliqe::test {

/// A segment of a JPEG: marker, length, contents.
inline FileBytes jpeg_segment(std::uint16_t marker, std::span<const std::byte> contents) {
  BinaryWriter writer(std::endian::big);
  writer.number(0, marker);
  writer.number(2, static_cast<std::uint16_t>(contents.size() + 2));
  writer.put(4, contents);
  return writer.file;
}

/// Contents in as many segments as they take.
inline FileBytes jpeg_segments(std::uint16_t marker, std::span<const std::byte> contents,
                               std::size_t longest = 65532) {
  FileBytes bytes;
  for (std::size_t at = 0; at < contents.size(); at += longest) {
    const FileBytes each =
        jpeg_segment(marker, contents.subspan(at, std::min(longest, contents.size() - at)));
    bytes.insert(bytes.end(), each.begin(), each.end());
  }
  return bytes;
}

/// EXIF data that tell maker and model, as the contents of a segment APP1.
inline FileBytes exif_of(const std::string& maker, const std::string& model, std::endian order) {
  constexpr std::size_t tiff = 6, directory = 8, entries = 2, texts = directory + 2 + 12 * entries;
  BinaryWriter writer(order);
  writer.text(0, std::string_view("Exif\0\0", 6));
  writer.text(tiff, order == std::endian::little ? "II" : "MM");
  writer.number(tiff + 2, std::uint16_t{42});
  writer.number(tiff + 4, static_cast<std::uint32_t>(directory));
  writer.number(tiff + directory, static_cast<std::uint16_t>(entries));
  std::size_t entry = tiff + directory + 2, text = texts;
  for (const auto& [tag, value] :
       {std::pair{std::uint16_t{0x010f}, maker}, std::pair{std::uint16_t{0x0110}, model}}) {
    const std::string stored = value + '\0';
    writer.number(entry, tag);
    writer.number(entry + 2, std::uint16_t{2});
    writer.number(entry + 4, static_cast<std::uint32_t>(stored.size()));
    if (stored.size() <= 4) {
      writer.text(entry + 8, stored + std::string(4 - stored.size(), '\0'));
    } else {
      writer.number(entry + 8, static_cast<std::uint32_t>(text));
      writer.text(tiff + text, stored);
      text += stored.size();
    }
    entry += 12;
  }
  writer.text(writer.file.size(), std::string_view("\0\0\0\0", 4));
  return writer.file;
}

/// A JPEG of one grey with these segments at its beginning.
inline FileBytes jpeg_with(std::span<const std::byte> segments, int width, int height) {
  const Image rendered{width, height, PixelFormat::gray8,
                       std::vector<std::uint8_t>(static_cast<std::size_t>(width * height), 90)};
  FileBytes file = tools::encode_jpeg(rendered, 90);
  file.insert(file.begin() + 2, segments.begin(), segments.end());
  return file;
}

/// An R-JPEG as DJI's cameras write it.
struct DjiWriter {
  RawFrame raw;
  std::string maker = "DJI", model = "M3T", method = "iirp";
  bool counts_in_app4 = false;  ///< with a table in APP3, as in the XT S
  int picture_width = 640, picture_height = 512;
  std::endian exif_order = std::endian::little;
  std::size_t longest_segment = 65532;

  FileBytes jpeg() const {
    const FileBytes counts = count_bytes(raw, std::endian::little);
    BinaryWriter table(std::endian::little);
    table.text(0, "\xff\xd2\xd1\xff" + method + std::string(40, '\0'));
    FileBytes segments = jpeg_segment(0xffe1, exif_of(maker, model, exif_order));
    const auto add = [&](const FileBytes& more) {
      segments.insert(segments.end(), more.begin(), more.end());
    };
    add(jpeg_segments(0xffe3, counts_in_app4 ? table.file : counts, longest_segment));
    add(jpeg_segments(0xffe4, counts_in_app4 ? counts : table.file, longest_segment));
    return jpeg_with(segments, picture_width, picture_height);
  }
};

}  // namespace fliqe::test
