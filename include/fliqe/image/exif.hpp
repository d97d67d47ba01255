// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/byte_reader.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <string_view>

namespace fliqe::inline FLIQE_ABI::detail {

/// The first directory (IFD0) of EXIF data, in either byte order. What lies outside of the data
/// counts as absent.
class ExifDirectory {
 public:
  /// @param app1  the contents of a segment APP1; what is no EXIF data has no tags
  explicit ExifDirectory(Bytes app1) noexcept {
    constexpr std::string_view magic{"Exif\0\0", 6};
    if (!as_text(app1).starts_with(magic)) return;
    tiff_ = app1.subspan(magic.size());
    is_big_endian_ = !tiff_.empty() && tiff_[0] == std::byte{'M'};
    directory_ = word(4, 4);
    if (directory_ + 2 > tiff_.size()) return;
    const std::size_t room = (tiff_.size() - directory_ - 2) / entry_size;
    entries_ = std::min<std::size_t>(word(directory_, 2), room);
  }

  /// The value of a tag of type SHORT, 0 when it is absent.
  std::uint32_t number(std::uint16_t tag) const noexcept {
    const std::optional<std::size_t> entry = find(tag);
    return entry ? word(*entry + value_place, 2) : 0;
  }

  /// The value of a tag of type ASCII up to its first NUL, empty when it is absent.
  std::string_view text(std::uint16_t tag) const noexcept {
    const std::optional<std::size_t> entry = find(tag);
    if (!entry || word(*entry + 2, 2) != ascii) return {};
    const std::size_t size = word(*entry + 4, 4);
    const std::size_t place =
        size <= 4 ? *entry + value_place : std::size_t{word(*entry + value_place, 4)};
    if (place > tiff_.size() || tiff_.size() - place < size) return {};
    const std::string_view value = as_text(tiff_.subspan(place, size));
    return value.substr(0, value.find('\0'));
  }

 private:
  static constexpr std::size_t entry_size = 12, value_place = 8;
  static constexpr std::uint32_t ascii = 2;

  std::uint32_t word(std::size_t at, std::size_t size) const noexcept {
    if (at > tiff_.size() || tiff_.size() - at < size) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t from = is_big_endian_ ? i : size - 1 - i;
      value = value << 8 | static_cast<std::uint32_t>(tiff_[at + from]);
    }
    return value;
  }

  std::optional<std::size_t> find(std::uint16_t tag) const noexcept {
    for (std::size_t i = 0; i < entries_; ++i) {
      const std::size_t entry = directory_ + 2 + i * entry_size;
      if (word(entry, 2) == tag) return entry;
    }
    return std::nullopt;
  }

  Bytes tiff_;
  bool is_big_endian_ = false;
  std::size_t directory_ = 0, entries_ = 0;  ///< no more of them than the data has room for
};

}  // namespace fliqe::inline FLIQE_ABI::detail
