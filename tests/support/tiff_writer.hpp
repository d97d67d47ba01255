// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <fliqe/thermal/raw_frame.hpp>
#include <span>
#include <utility>
#include <vector>

#include "support/flir_writer.hpp"

namespace fliqe::test {

/// Grey pixels, not compressed.
struct TiffPage {
  int width, height, bits;
  FileBytes data;
};

/// A TIFF file of these pages.
inline FileBytes tiff_of(std::span<const TiffPage> pages, std::endian order) {
  BinaryWriter writer(order);
  writer.text(0, order == std::endian::little ? "II" : "MM");
  writer.number(2, std::uint16_t{42});
  std::size_t link = 4;  // where the place of the next directory stands
  writer.number(link, std::uint32_t{0});
  for (const TiffPage& page : pages) {
    const auto data = static_cast<std::uint32_t>(writer.file.size());
    writer.put(data, page.data);
    const std::size_t directory = writer.file.size();
    const auto width = static_cast<std::uint32_t>(page.width);
    const auto height = static_cast<std::uint32_t>(page.height);
    const auto size = static_cast<std::uint32_t>(page.data.size());
    const std::pair<std::uint16_t, std::uint32_t> entries[] = {
        {256, width}, {257, height}, {258, static_cast<std::uint32_t>(page.bits)},
        {259, 1},     {262, 1},      {273, data},
        {277, 1},     {278, height}, {279, size}};
    writer.number(directory, static_cast<std::uint16_t>(std::size(entries)));
    std::size_t at = directory + 2;
    for (const auto& [tag, value] : entries) {
      writer.number(at, tag);
      writer.number(at + 2, std::uint16_t{4});  // LONG
      writer.number(at + 4, std::uint32_t{1});
      writer.number(at + 8, value);
      at += 12;
    }
    writer.number(at, std::uint32_t{0});
    writer.number(link, static_cast<std::uint32_t>(directory));
    link = at;
  }
  return writer.file;
}

inline FileBytes tiff_of(std::span<const RawFrame> frames, std::endian order) {
  std::vector<TiffPage> pages;
  for (const RawFrame& frame : frames) {
    pages.push_back({frame.width, frame.height, 16, count_bytes(frame, order)});
  }
  return tiff_of(std::span<const TiffPage>(pages), order);
}

}  // namespace fliqe::test
