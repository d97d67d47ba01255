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

enum class TiffLayout { classic, big };

/// A TIFF or BigTIFF file of these pages.
class TiffWriter {
 public:
  TiffWriter(TiffLayout layout, std::endian order)
      : is_big_(layout == TiffLayout::big), writer_(order) {
    writer_.text(0, order == std::endian::little ? "II" : "MM");
    writer_.number(2, static_cast<std::uint16_t>(is_big_ ? 43 : 42));
    if (is_big_) {
      writer_.number(4, std::uint16_t{8});  // bytes of a place
      writer_.number(6, std::uint16_t{0});
      link_ = 8;
    }
    put_place(link_, 0);
  }

  void add(const TiffPage& page) {
    const std::size_t data = writer_.file.size();
    writer_.put(data, page.data);
    const std::size_t directory = writer_.file.size();
    const auto width = static_cast<std::size_t>(page.width);
    const auto height = static_cast<std::size_t>(page.height);
    const std::pair<std::uint16_t, std::size_t> entries[] = {
        {256, width}, {257, height}, {258, static_cast<std::size_t>(page.bits)},
        {259, 1},     {262, 1},      {273, data},
        {277, 1},     {278, height}, {279, page.data.size()}};
    if (is_big_) {
      writer_.number(directory, std::uint64_t{std::size(entries)});
    } else {
      writer_.number(directory, static_cast<std::uint16_t>(std::size(entries)));
    }
    std::size_t at = directory + (is_big_ ? 8 : 2);
    for (const auto& [tag, value] : entries) {
      writer_.number(at, tag);
      writer_.number(at + 2, std::uint16_t{4});  // LONG
      put_place(at + 4, 1);
      const std::size_t place = at + (is_big_ ? 12 : 8);
      if (is_big_) put_place(place, 0);
      writer_.number(place, static_cast<std::uint32_t>(value));
      at += is_big_ ? 20 : 12;
    }
    put_place(at, 0);
    put_place(link_, directory);
    link_ = at;
  }

  const FileBytes& file() const { return writer_.file; }

 private:
  void put_place(std::size_t at, std::size_t value) {
    if (is_big_) {
      writer_.number(at, std::uint64_t{value});
    } else {
      writer_.number(at, static_cast<std::uint32_t>(value));
    }
  }

  bool is_big_;
  BinaryWriter writer_;
  std::size_t link_ = 4;  ///< where the place of the next directory stands
};

inline FileBytes tiff_of(std::span<const TiffPage> pages, std::endian order,
                         TiffLayout layout = TiffLayout::classic) {
  TiffWriter writer(layout, order);
  for (const TiffPage& page : pages) writer.add(page);
  return writer.file();
}

inline FileBytes tiff_of(std::span<const RawFrame> frames, std::endian order,
                         TiffLayout layout = TiffLayout::classic) {
  std::vector<TiffPage> pages;
  for (const RawFrame& frame : frames) {
    pages.push_back({frame.width, frame.height, 16, count_bytes(frame, order)});
  }
  return tiff_of(std::span<const TiffPage>(pages), order, layout);
}

}  // namespace fliqe::test
