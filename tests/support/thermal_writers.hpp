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

/// An IJPEG as InfiRay's cameras write it: a grey picture and counts in APP3.
struct IjpegWriter {
  RawFrame raw;
  int bits = 16;  ///< 8: the header doubles the height, as the first cameras did
  bool high_gain = true;
  bool tells_temperatures = true;
  std::size_t empty_planes = 2;  ///< behind the counts
  std::size_t missing = 0;       ///< bytes at the end of APP3

  FileBytes jpeg() const {
    FileBytes planes = count_bytes(raw, std::endian::little);
    const std::size_t size = planes.size();
    planes.insert(planes.begin(), size, std::byte{0x80});
    planes.resize((2 + empty_planes) * size - missing);
    BinaryWriter header(std::endian::little);
    header.text(0, std::string_view("\0\2\0\1IJPEG\0", 10));
    plane(header, 0x20, size);
    plane(header, 0x30, tells_temperatures ? size : 0);
    header.number(0x4e, std::uint16_t{0});
    BinaryWriter factory(std::endian::little);
    factory.number(0x64, static_cast<std::uint8_t>(high_gain));
    FileBytes segments = jpeg_segment(0xffe1, exif_of("Infisense", "P2_USB_IR", std::endian::big));
    for (const FileBytes& more : {jpeg_segment(0xffe2, header.file), jpeg_segments(0xffe3, planes),
                                  jpeg_segment(0xffe4, factory.file)}) {
      segments.insert(segments.end(), more.begin(), more.end());
    }
    return jpeg_with(segments, 30, 40);
  }

 private:
  void plane(BinaryWriter& header, std::size_t place, std::size_t size) const {
    header.number(place, std::uint64_t{size});
    header.number(place + 0x0a, static_cast<std::uint16_t>(raw.width));
    header.number(place + 0x0c, static_cast<std::uint16_t>(raw.height * 16 / bits));
    header.number(place + 0x0e, static_cast<std::uint8_t>(bits));
  }
};

/// An IRG file: header, picture of 8 bits, counts.
struct IrgWriter {
  RawFrame raw;
  std::uint16_t kind = 0xacca, mark = 0xcaac, by_autel = 0;
  std::uint32_t high_gain = 1;
  std::size_t header_size = 128;

  FileBytes file() const {
    const std::size_t pixels = raw.counts.size();
    BinaryWriter writer(std::endian::little);
    writer.number(0, kind);
    writer.number(2, static_cast<std::uint16_t>(header_size));
    writer.number(4, static_cast<std::uint32_t>(pixels));
    writer.number(8, static_cast<std::uint16_t>(raw.height));
    writer.number(10, static_cast<std::uint16_t>(raw.width));
    writer.number(12, by_autel);
    writer.number(74, high_gain);
    writer.number(header_size - 2, mark);
    writer.put(header_size, FileBytes(pixels, std::byte{7}));
    writer.put(header_size + pixels, count_bytes(raw, std::endian::little));
    return writer.file;
  }
};

/// A JPEG of a Hikmicro camera: the rendered picture, then a block of counts, then more.
struct HikmicroWriter {
  RawFrame raw;
  std::string before{};  ///< the block, behind the picture
  std::string after = "PK\3\4 settings";

  FileBytes jpeg() const {
    BinaryWriter writer(std::endian::little);
    const FileBytes exif = exif_of("HIKMICRO", "Pocket2", std::endian::little);
    writer.put(0, jpeg_with(jpeg_segment(0xffe1, exif), 64, 48));
    writer.text(writer.file.size(), before);
    const std::size_t block = writer.file.size();
    writer.text(block, "HDRI");
    writer.number(block + 12, static_cast<std::uint32_t>(raw.width));
    writer.number(block + 16, static_cast<std::uint32_t>(raw.height));
    writer.put(block + 44, count_bytes(raw, std::endian::little));
    writer.text(writer.file.size(), after);
    return writer.file;
  }
};

}  // namespace fliqe::test
