// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <fliqe/version.hpp>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace fliqe::inline FLIQE_ABI {

/// Owning array of trivial elements, aligned for any vector register and cache line. Move-only,
/// never grows. Elements start uninitialised, so that the thread that fills a page also places it.
template <class T>
class AlignedBuffer {
  static_assert(std::is_trivial_v<T>);

 public:
  AlignedBuffer() = default;

  /// Throws `std::bad_alloc`.
  explicit AlignedBuffer(std::size_t size) : size_(size) {
    if (size == 0) return;
    const std::size_t bytes = size * sizeof(T);
    const std::align_val_t alignment{bytes >= huge_page ? huge_page : cache_line};
    data_ = {static_cast<T*>(::operator new(bytes, alignment)), Release{alignment}};
#if defined(__linux__)
    // Large weights and activations touch thousands of pages; huge ones save most of the TLB
    // misses.
    if (bytes >= huge_page) ::madvise(data_.get(), bytes / huge_page * huge_page, MADV_HUGEPAGE);
#endif
  }

  static AlignedBuffer zeroed(std::size_t size) {
    AlignedBuffer buffer(size);
    if (size != 0) std::memset(static_cast<void*>(buffer.data()), 0, size * sizeof(T));
    return buffer;
  }

  T* data() noexcept {
    return data_.get();
  }
  const T* data() const noexcept {
    return data_.get();
  }
  std::size_t size() const noexcept {
    return size_;
  }
  bool empty() const noexcept {
    return size_ == 0;
  }

  T& operator[](std::size_t index) noexcept {
    return data_.get()[index];
  }
  const T& operator[](std::size_t index) const noexcept {
    return data_.get()[index];
  }

  T* begin() noexcept {
    return data();
  }
  T* end() noexcept {
    return data() + size_;
  }
  const T* begin() const noexcept {
    return data();
  }
  const T* end() const noexcept {
    return data() + size_;
  }

  operator std::span<T>() noexcept {
    return {data(), size_};
  }
  operator std::span<const T>() const noexcept {
    return {data(), size_};
  }

 private:
  static constexpr std::size_t cache_line = 64;
  static constexpr std::size_t huge_page = std::size_t{2} << 20;

  struct Release {
    std::align_val_t alignment{cache_line};
    void operator()(T* pointer) const noexcept { ::operator delete(pointer, alignment); }
  };

  std::unique_ptr<T, Release> data_{nullptr, Release{}};
  std::size_t size_ = 0;
};

}  // namespace fliqe::inline FLIQE_ABI
