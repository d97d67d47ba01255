// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <fliqe/base/byte_reader.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::pth {

using detail::as_text;
using detail::ByteReader;
using detail::Bytes;

/// The records of a ZIP archive (PKWARE APPNOTE 6.3), with zip64, stored or deflated.
///
/// Strict: every record must lie inside the file, apart from all others, under a name of its own
/// that agrees in both headers; sizes and CRC-32 must be right; encryption and multiple disks are
/// refused. The memory that a record takes is bounded by its compressed size (deflate gains 1032:1
/// at most).
class ZipArchive {
 public:
  /// Refers to `file`, which must outlive the object. @throws Error `corrupt_file`
  ZipArchive(Bytes file, const std::string& name);

  static bool is_zip(Bytes file) noexcept;

  bool contains(const std::string& record) const { return entries_.contains(record); }

  /// Name of the folder that holds everything, with a slash, as PyTorch writes it.
  const std::string& top_folder() const noexcept { return top_folder_; }

  /// The record's contents: in place when stored, else in `storage`.
  /// @throws Error `corrupt_file` when there is none or it is damaged
  Bytes read(const std::string& record, std::vector<std::byte>& storage) const;

  /// Uncompressed size. @throws Error `corrupt_file` when there is no such record
  std::uint64_t size(const std::string& record) const { return entry(record).size; }

 private:
  struct Entry {
    std::uint16_t method = 0;
    std::uint32_t crc = 0;
    std::uint64_t compressed_size = 0;
    std::uint64_t size = 0;
    std::uint64_t header_offset = 0;
    std::uint64_t data_offset = 0;
  };
  struct Directory {
    std::uint64_t entries = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
  };

  Directory find_directory() const;
  Directory read_zip64_directory(std::size_t locator) const;
  void read_directory(const Directory& directory);
  void add_entry(ByteReader& reader);
  void read_zip64_field(Bytes extra, Entry& entry, const std::string& record) const;
  void locate_data(Entry& entry, const std::string& record) const;
  void check_overlap() const;
  const Entry& entry(const std::string& record) const;
  std::vector<std::byte> inflate(const Entry& entry, const std::string& record) const;
  [[noreturn]] void fail(const std::string& what) const;

  Bytes file_;
  std::string name_;
  std::string top_folder_;
  std::map<std::string, Entry> entries_;
};

}  // namespace fliqe::pth
