// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/image/image_view.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fliqe::tools {

/// TIFF or BigTIFF.
bool is_tiff(std::span<const std::byte> bytes) noexcept;

/// Whether the first page of a TIFF file holds one grey channel of 16 bits.
bool is_gray16_tiff(std::span<const std::byte> bytes);

/// The pages (directories) of a TIFF file one after the other, by libtiff.
class TiffPages {
 public:
  /// Begins at the first page. @param bytes  must outlive the object
  /// @throws Error `unsupported_format` or `corrupt_file`, as all functions here
  TiffPages(std::span<const std::byte> bytes, const std::string& name,
            std::size_t most_pixels = max_image_pixels);
  ~TiffPages();

  /// Goes to the next page, false behind the last.
  bool next();
  /// From the first page to this one. @throws Error also `invalid_argument` if there are fewer
  void go_to(std::size_t page);

  /// Whether the page holds one grey channel of 16 bits.
  bool has_counts() const;
  RawFrame counts() const;
  /// Any other page, as rgb8.
  Image colors() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A TIFF file of 16 bits a pixel, compressed without loss.
std::vector<std::byte> encode_gray16_tiff(const RawFrame& frame);

}  // namespace fliqe::tools
