// SPDX-License-Identifier: MIT
#include "io/npy.hpp"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <fliqe/base/error.hpp>
#include <fliqe/base/file.hpp>
#include <fliqe/weights/tensor_entry.hpp>
#include <optional>
#include <string_view>
#include <utility>

namespace fliqe::tools {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t alignment = 64;  ///< of the first number

/// The text that describes the array, and where the array begins.
struct Header {
  std::string text;
  std::size_t end = 0;
};

Header read_header(std::string_view bytes, const std::string& name) {
  const auto expect = [&](bool ok, const char* expected) {
    require(ok, ErrorCode::corrupt_file, name + ": expected " + expected);
  };
  expect(bytes.size() >= 12 && bytes.starts_with(magic), "a NumPy file (.npy)");
  const auto byte = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[at]));
  };
  const bool is_first_version = byte(6) == 1;
  const std::size_t start = is_first_version ? 10 : 12;
  std::size_t length = byte(8) + (byte(9) << 8);
  if (!is_first_version) length += (byte(10) << 16) + (byte(11) << 24);
  expect(length <= bytes.size() - start, "the header of a NumPy file, found its end before that");
  return {std::string(bytes.substr(start, length)), start + length};
}

/// The two sizes of a matrix of float32 in C order; nothing for anything else.
std::optional<std::pair<std::size_t, std::size_t>> sizes_of(std::string_view header) {
  constexpr std::string_view key = "'shape': (";
  const std::size_t found = header.find(key);
  if (header.find("'descr': '<f4'") == header.npos || found == header.npos ||
      header.find("'fortran_order': False") == header.npos) {
    return std::nullopt;
  }
  const std::string_view shape = header.substr(found + key.size());
  const char* const end = shape.data() + shape.size();
  std::size_t rows = 0, columns = 0;
  const auto after_rows = std::from_chars(shape.data(), end, rows);
  if (after_rows.ec != std::errc() || end - after_rows.ptr < 3) return std::nullopt;
  if (std::string_view(after_rows.ptr, 2) != ", ") return std::nullopt;
  const auto after_columns = std::from_chars(after_rows.ptr + 2, end, columns);
  if (after_columns.ec != std::errc() || after_columns.ptr == end) return std::nullopt;
  if (*after_columns.ptr != ')') return std::nullopt;
  return std::pair(rows, columns);
}

}  // namespace

std::string to_npy(const NpyMatrix& matrix) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                       std::to_string(matrix.rows) + ", " + std::to_string(matrix.columns) + "), }";
  const std::size_t used = magic.size() + 4 + header.size() + 1;
  header.append((alignment - used % alignment) % alignment, ' ');
  header += '\n';
  std::string file(magic);
  file += '\x01';
  file += '\0';
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  file += header;
  const std::size_t begin = file.size();
  file.resize(begin + matrix.values.size() * sizeof(float));
  std::memcpy(file.data() + begin, matrix.values.data(), matrix.values.size() * sizeof(float));
  return file;
}

NpyMatrix read_npy(const std::string& path) {
  const FileBytes file(path);
  const std::string_view bytes(reinterpret_cast<const char*>(file.bytes().data()),
                               file.bytes().size());
  const Header header = read_header(bytes, path);
  const auto sizes = sizes_of(header.text);
  require(sizes.has_value(), ErrorCode::unsupported_format,
          path + ": expected a matrix of float32 in C order, found " + header.text.substr(0, 200));
  NpyMatrix matrix{sizes->first, sizes->second, {}};
  const auto count = checked_multiply(matrix.rows, matrix.columns);
  const std::size_t left = bytes.size() - header.end;
  require(
      count && left % sizeof(float) == 0 && *count == left / sizeof(float), ErrorCode::corrupt_file,
      path + ": expected " + std::to_string(matrix.rows) + " x " + std::to_string(matrix.columns) +
          " numbers of 4 bytes, found " + std::to_string(left) + " bytes");
  matrix.values.resize(*count);
  std::memcpy(matrix.values.data(), bytes.data() + header.end, left);
  return matrix;
}

}  // namespace fliqe::tools
