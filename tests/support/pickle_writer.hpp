// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

namespace fliqe::test {

/// Little-endian bytes of a number.
template <class T>
std::string bytes_of(T value) {
  std::string text(sizeof(T), '\0');
  std::memcpy(text.data(), &value, sizeof(T));
  return text;
}

/// Pieces of pickle streams, as torch.save writes them; tests put them together rightly and
/// wrongly.
namespace pickle {

inline const std::string header = "\x80\x02";
inline const std::string stop = ".";

inline std::string text(const std::string& value) {
  return "X" + bytes_of(static_cast<std::uint32_t>(value.size())) + value;
}

inline std::string integer(std::int64_t value) {
  return std::string("\x8a\x08") + bytes_of(value);
}

inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}

inline std::string tuple(const std::string& items) {
  return "(" + items + "t";
}

/// A reference to a storage of `count` elements.
inline std::string storage(const std::string& key, std::int64_t count,
                           const std::string& type = "FloatStorage") {
  return tuple(text("storage") + global("torch", type) + text(key) + text("cpu") + integer(count)) +
         "Q";
}

/// torch._utils._rebuild_tensor_v2(storage, offset, size, stride, False, OrderedDict()).
inline std::string tensor(const std::string& storage_reference, std::int64_t offset,
                          const std::string& sizes, const std::string& strides) {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple(storage_reference + integer(offset) + tuple(sizes) + tuple(strides) + "\x89" +
               global("collections", "OrderedDict") + ")R") +
         "R";
}

/// {name: value, ...} from alternating items.
inline std::string dict(const std::string& items) {
  return "}(" + items + "u";
}

inline std::string stream(const std::string& value) {
  return header + value + stop;
}

/// A state dict of one tensor "t".
inline std::string one_tensor(const std::string& storage_reference, std::int64_t offset,
                              const std::string& sizes, const std::string& strides) {
  return stream(dict(text("t") + tensor(storage_reference, offset, sizes, strides)));
}

}  // namespace pickle
}  // namespace fliqe::test
