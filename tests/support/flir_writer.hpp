// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <fliqe/thermal/flir.hpp>
#include <span>
#include <string>
#include <vector>

namespace fliqe::test {

using FileBytes = std::vector<std::byte>;

/// Writes numbers of one byte order at places of a buffer that grows.
class BinaryWriter {
 public:
  explicit BinaryWriter(std::endian order) : order_(order) {}

  template <class T>
  void number(std::size_t place, T value) {
    auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
    if (order_ != std::endian::native) std::ranges::reverse(bytes);
    put(place, bytes);
  }
  void text(std::size_t place, std::string_view letters) {
    put(place, std::as_bytes(std::span(letters.data(), letters.size())));
  }
  void put(std::size_t place, std::span<const std::byte> bytes) {
    file.resize(std::max(file.size(), place + bytes.size()));
    std::ranges::copy(bytes, file.begin() + static_cast<std::ptrdiff_t>(place));
  }

  FileBytes file;

 private:
  std::endian order_;
};

inline FileBytes count_bytes(const RawFrame& raw, std::endian order) {
  BinaryWriter writer(order);
  for (std::size_t i = 0; i < raw.counts.size(); ++i) writer.number(2 * i, raw.counts[i]);
  return writer.file;
}

/// An FFF file as a camera writes it: an empty slot, raw data, camera information.
struct FlirWriter {
  std::endian order = std::endian::big;
  std::uint32_t version = 101;
  RawFrame raw;
  FileBytes payload;  ///< of the raw data; empty: the counts, little-endian
  Radiometry scene;
  bool percent_humidity = false;

  FileBytes fff() const {
    constexpr std::size_t directory = 0x40, raw_place = 0x100, camera_size = 0x400;
    const FileBytes counts = payload.empty() ? count_bytes(raw, std::endian::little) : payload;
    const std::size_t camera_place = raw_place + 0x20 + counts.size();
    BinaryWriter writer(order);
    writer.text(0, std::string_view("FFF\0TEST", 8));
    writer.number(0x14, version);
    writer.number(0x18, static_cast<std::uint32_t>(directory));
    writer.number(0x1c, std::uint32_t{3});
    entry(writer, directory + 0x20, 1, raw_place, 0x20 + counts.size());
    entry(writer, directory + 0x40, 0x20, camera_place, camera_size);
    writer.number(raw_place, std::uint16_t{2});
    writer.number(raw_place + 2, static_cast<std::uint16_t>(raw.width));
    writer.number(raw_place + 4, static_cast<std::uint16_t>(raw.height));
    writer.put(raw_place + 0x20, counts);
    camera(writer, camera_place);
    writer.number(camera_place + camera_size - 4, std::uint32_t{0});
    return writer.file;
  }

  /// The FFF file in segments of a JPEG that holds nothing else.
  FileBytes jpeg(std::size_t segment = 5000, bool numbered = true) const {
    const FileBytes inside = fff();
    BinaryWriter writer(std::endian::big);
    writer.number(0, std::uint16_t{0xffd8});
    const std::size_t pieces = (inside.size() + segment - 1) / segment;
    for (std::size_t i = 0; i < pieces; ++i) {
      const std::size_t begin = i * segment, size = std::min(segment, inside.size() - begin);
      const std::size_t place = writer.file.size();
      writer.number(place, std::uint16_t{0xffe1});
      writer.number(place + 2, static_cast<std::uint16_t>(size + 10));
      writer.text(place + 4, std::string_view("FLIR\0\1", 6));
      writer.number(place + 10, static_cast<std::uint8_t>(numbered ? i : 0));
      writer.number(place + 11, static_cast<std::uint8_t>(numbered ? pieces - 1 : 0));
      writer.put(place + 12, std::span(inside).subspan(begin, size));
    }
    writer.number(writer.file.size(), std::uint16_t{0xffd9});
    return writer.file;
  }

 private:
  static void entry(BinaryWriter& writer, std::size_t place, std::uint16_t type, std::size_t offset,
                    std::size_t length) {
    writer.number(place, type);
    writer.number(place + 0x0c, static_cast<std::uint32_t>(offset));
    writer.number(place + 0x10, static_cast<std::uint32_t>(length));
  }

  void camera(BinaryWriter& writer, std::size_t at) const {
    const auto real = [&](std::size_t place, double value) {
      writer.number(at + place, static_cast<float>(value));
    };
    writer.number(at, std::uint16_t{2});
    real(0x20, scene.emissivity);
    real(0x24, scene.distance);
    real(0x28, scene.reflected_temperature);
    real(0x2c, scene.atmosphere_temperature);
    real(0x30, scene.window_temperature);
    real(0x34, scene.window_transmission);
    real(0x3c, scene.relative_humidity * (percent_humidity ? 100 : 1));
    real(0x58, scene.r1);
    real(0x5c, scene.b);
    real(0x60, scene.f);
    real(0x70, scene.alpha1);
    real(0x74, scene.alpha2);
    real(0x78, scene.beta1);
    real(0x7c, scene.beta2);
    real(0x80, scene.x);
    writer.text(at + 0xd4, "TEST CAM");
    writer.number(at + 0x308, static_cast<std::int32_t>(scene.o));
    real(0x30c, scene.r2);
  }
};

}  // namespace fliqe::test
