// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <fliqe/version.hpp>
#include <span>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// Numbers whose count is known when they are made. Up to `Few` need no memory of their own.
template <class T, std::size_t Few>
class InlineArray {
 public:
  InlineArray() = default;
  explicit InlineArray(std::size_t size) : size_(size) {
    if (size_ > Few) many_.resize(size_);
  }
  explicit InlineArray(std::span<const T> values) : InlineArray(values.size()) {
    std::ranges::copy(values, data());
  }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const T* data() const noexcept { return size_ > Few ? many_.data() : few_.data(); }
  T* data() noexcept { return size_ > Few ? many_.data() : few_.data(); }
  const T* begin() const noexcept { return data(); }
  const T* end() const noexcept { return data() + size_; }
  T* begin() noexcept { return data(); }
  T* end() noexcept { return data() + size_; }
  T operator[](std::size_t i) const noexcept { return data()[i]; }
  T& operator[](std::size_t i) noexcept { return data()[i]; }

  friend bool operator==(const InlineArray& a, const InlineArray& b) noexcept {
    return std::ranges::equal(a, b);
  }

 private:
  std::size_t size_ = 0;
  std::array<T, Few> few_{};
  std::vector<T> many_;
};

}  // namespace fliqe::inline FLIQE_ABI
