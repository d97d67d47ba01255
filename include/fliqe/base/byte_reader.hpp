// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace fliqe::inline FLIQE_ABI::detail {

using Bytes = std::span<const std::byte>;

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A position in bytes that never leaves them: every read is checked first.
class ByteReader {
 public:
  /// @param name  of the file, for messages
  ByteReader(Bytes bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  std::size_t position() const noexcept { return position_; }
  std::size_t left() const noexcept { return bytes_.size() - position_; }
  const std::string& name() const noexcept { return name_; }

  void seek(std::size_t position) {
    if (position > bytes_.size()) fail("points behind the end of the data");
    position_ = position;
  }

  Bytes take(std::size_t count) {
    if (count > left()) {
      fail({"expected ", count, " more bytes, found ", left()});
    }
    const Bytes taken = bytes_.subspan(position_, count);
    position_ += count;
    return taken;
  }

  template <class T>
  T number(std::endian order = std::endian::little) {
    static_assert(std::is_arithmetic_v<T>);
    std::array<std::byte, sizeof(T)> bytes;
    std::ranges::copy(take(sizeof(T)), bytes.begin());
    if (order != std::endian::native) std::ranges::reverse(bytes);
    return std::bit_cast<T>(bytes);
  }

  /// The number at `position`, which is left behind it.
  template <class T>
  T number_at(std::size_t position, std::endian order) {
    seek(position);
    return number<T>(order);
  }

  /// Up to the next newline, which is consumed.
  std::string_view line() {
    const std::string_view rest = as_text(bytes_.subspan(position_));
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) fail("expected a line");
    position_ += end + 1;
    return rest.substr(0, end);
  }

  [[noreturn]] void fail(const Message& what) const {
    detail::raise(ErrorCode::corrupt_file, {name_, ": byte ", position_, ": ", what});
  }

 private:
  Bytes bytes_;
  std::string name_;
  std::size_t position_ = 0;
};

}  // namespace fliqe::inline FLIQE_ABI::detail
