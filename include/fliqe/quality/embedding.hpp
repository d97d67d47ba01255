// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <fliqe/version.hpp>
#include <span>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// The embedding of a picture: a vector of length 1 whose size is the network's. Up to 128 numbers,
/// those of the built-in networks, need no memory of their own.
class Embedding {
 public:
  Embedding() = default;
  explicit Embedding(std::span<const float> values) : size_(values.size()) {
    if (size_ > few_.size()) many_.resize(size_);
    std::ranges::copy(values, data());
  }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const float* data() const noexcept { return size_ > few_.size() ? many_.data() : few_.data(); }
  const float* begin() const noexcept { return data(); }
  const float* end() const noexcept { return data() + size_; }
  float operator[](std::size_t i) const noexcept { return data()[i]; }

  friend bool operator==(const Embedding& a, const Embedding& b) noexcept {
    return std::ranges::equal(a, b);
  }

 private:
  float* data() noexcept { return size_ > few_.size() ? many_.data() : few_.data(); }

  std::size_t size_ = 0;
  std::array<float, 128> few_{};
  std::vector<float> many_;
};

}  // namespace fliqe::inline FLIQE_ABI
