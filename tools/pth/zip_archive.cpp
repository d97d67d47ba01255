// SPDX-License-Identifier: MIT
#include "pth/zip_archive.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace fliqe::pth {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t zip64_end_signature = 0x06064b50;
constexpr std::uint32_t zip64_locator_signature = 0x07064b50;
constexpr std::size_t end_size = 22;
constexpr std::size_t zip64_locator_size = 20;
constexpr std::size_t local_header_size = 30;
constexpr std::uint16_t stored = 0, deflated = 8;
constexpr std::uint16_t encrypted_flag = 1;
constexpr std::uint32_t in_zip64 = 0xffffffff;
constexpr std::size_t max_entries = 1'000'000;
constexpr std::uint64_t max_deflate_ratio = 1032;

}  // namespace

ZipArchive::ZipArchive(Bytes file, const std::string& name) : file_(file), name_(name) {
  read_directory(find_directory());
  if (entries_.empty()) fail("the archive is empty");
  check_overlap();
}

bool ZipArchive::is_zip(Bytes file) noexcept {
  return as_text(file.first(std::min<std::size_t>(4, file.size()))) == "PK\x03\x04";
}

void ZipArchive::fail(const std::string& what) const {
  throw Error(ErrorCode::corrupt_file, name_ + ": zip archive: " + what);
}

/// The end record stands last, before a comment of at most 64 KiB.
ZipArchive::Directory ZipArchive::find_directory() const {
  if (file_.size() < end_size) fail("the file is too short");
  const std::size_t last = file_.size() - end_size;
  const std::size_t lowest = last > 0xffff ? last - 0xffff : 0;
  for (std::size_t at = last + 1; at-- > lowest;) {
    ByteReader reader(file_, name_);
    reader.seek(at);
    if (reader.number<std::uint32_t>() != end_signature) continue;
    const auto disk = reader.number<std::uint16_t>();
    const auto directory_disk = reader.number<std::uint16_t>();
    const auto entries_here = reader.number<std::uint16_t>();
    Directory directory;
    directory.entries = reader.number<std::uint16_t>();
    directory.size = reader.number<std::uint32_t>();
    directory.offset = reader.number<std::uint32_t>();
    if (at + end_size + reader.number<std::uint16_t>() != file_.size()) continue;
    if (at >= zip64_locator_size) {
      reader.seek(at - zip64_locator_size);
      if (reader.number<std::uint32_t>() == zip64_locator_signature) {
        return read_zip64_directory(at - zip64_locator_size);
      }
    }
    if (disk != 0 || directory_disk != 0 || entries_here != directory.entries) {
      fail("archives of several disks are not supported");
    }
    return directory;
  }
  fail("no end of central directory found; the file is truncated or no zip archive");
}

ZipArchive::Directory ZipArchive::read_zip64_directory(std::size_t locator) const {
  ByteReader reader(file_, name_);
  reader.seek(locator + 8);
  const auto end_offset = reader.number<std::uint64_t>();
  if (end_offset > locator) fail("the zip64 end record lies outside the file");
  reader.seek(static_cast<std::size_t>(end_offset));
  if (reader.number<std::uint32_t>() != zip64_end_signature)
    fail("the zip64 end record is missing");
  reader.take(8 + 2 + 2);
  const auto disk = reader.number<std::uint32_t>();
  const auto directory_disk = reader.number<std::uint32_t>();
  const auto entries_here = reader.number<std::uint64_t>();
  Directory directory;
  directory.entries = reader.number<std::uint64_t>();
  directory.size = reader.number<std::uint64_t>();
  directory.offset = reader.number<std::uint64_t>();
  if (disk != 0 || directory_disk != 0 || entries_here != directory.entries) {
    fail("archives of several disks are not supported");
  }
  return directory;
}

void ZipArchive::read_directory(const Directory& directory) {
  if (directory.offset > file_.size() || directory.size > file_.size() - directory.offset) {
    fail("the central directory lies outside the file");
  }
  if (directory.entries > max_entries) fail("more than a million records");
  ByteReader reader(file_.subspan(static_cast<std::size_t>(directory.offset),
                                  static_cast<std::size_t>(directory.size)),
                    name_ + ": zip directory");
  for (std::uint64_t i = 0; i < directory.entries; ++i) add_entry(reader);
}

void ZipArchive::add_entry(ByteReader& reader) {
  if (reader.number<std::uint32_t>() != central_signature) reader.fail("expected a record");
  reader.take(2 + 2);  // versions
  const auto flags = reader.number<std::uint16_t>();
  Entry entry;
  entry.method = reader.number<std::uint16_t>();
  reader.take(4);  // time
  entry.crc = reader.number<std::uint32_t>();
  entry.compressed_size = reader.number<std::uint32_t>();
  entry.size = reader.number<std::uint32_t>();
  const auto name_size = reader.number<std::uint16_t>();
  const auto extra_size = reader.number<std::uint16_t>();
  const auto comment_size = reader.number<std::uint16_t>();
  const auto disk = reader.number<std::uint16_t>();
  reader.take(2 + 4);  // attributes
  entry.header_offset = reader.number<std::uint32_t>();
  const std::string record(as_text(reader.take(name_size)));
  const Bytes extra = reader.take(extra_size);
  reader.take(comment_size);
  if (disk != 0 && disk != 0xffff) fail("archives of several disks are not supported");
  read_zip64_field(extra, entry, record);

  if ((flags & encrypted_flag) != 0) fail("record '" + record + "' is encrypted");
  if (entry.method != stored && entry.method != deflated) {
    fail("record '" + record + "': expected stored or deflated data, found method " +
         std::to_string(entry.method));
  }
  if (entry.method == stored && entry.size != entry.compressed_size) {
    fail("record '" + record + "' is stored, but its two sizes differ");
  }
  if (entry.method == deflated && entry.size / max_deflate_ratio > entry.compressed_size) {
    fail("record '" + record + "' claims to unpack to more than deflate can hold");
  }
  locate_data(entry, record);
  if (entries_.empty()) top_folder_ = record.substr(0, record.find('/') + 1);
  if (!entries_.emplace(record, entry).second) fail("record '" + record + "' appears twice");
}

/// Extra field 1 holds, in this order, those of the three numbers that did not fit.
void ZipArchive::read_zip64_field(Bytes extra, Entry& entry, const std::string& record) const {
  ByteReader fields(extra, name_ + ": zip record '" + record + "'");
  while (fields.left() >= 4) {
    const auto id = fields.number<std::uint16_t>();
    const auto size = fields.number<std::uint16_t>();
    ByteReader field(fields.take(size), name_ + ": zip record '" + record + "'");
    if (id != 1) continue;
    if (entry.size == in_zip64) entry.size = field.number<std::uint64_t>();
    if (entry.compressed_size == in_zip64) entry.compressed_size = field.number<std::uint64_t>();
    if (entry.header_offset == in_zip64) entry.header_offset = field.number<std::uint64_t>();
    return;
  }
}

/// The local header repeats the name; its extra field may differ in length from the central one.
void ZipArchive::locate_data(Entry& entry, const std::string& record) const {
  const auto outside = [&] { fail("record '" + record + "' lies outside the file"); };
  if (entry.header_offset > file_.size() ||
      file_.size() - entry.header_offset < local_header_size) {
    outside();
  }
  ByteReader reader(file_, name_ + ": zip record '" + record + "'");
  reader.seek(static_cast<std::size_t>(entry.header_offset));
  if (reader.number<std::uint32_t>() != local_signature) reader.fail("expected a local header");
  reader.take(22);
  const auto name_size = reader.number<std::uint16_t>();
  const auto extra_size = reader.number<std::uint16_t>();
  if (as_text(reader.take(name_size)) != record)
    reader.fail("the local header names another record");
  reader.take(extra_size);
  entry.data_offset = reader.position();
  if (entry.compressed_size > reader.left()) outside();
}

void ZipArchive::check_overlap() const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;
  for (const auto& [record, entry] : entries_) {
    spans.emplace_back(entry.header_offset, entry.data_offset + entry.compressed_size);
  }
  std::sort(spans.begin(), spans.end());
  for (std::size_t i = 1; i < spans.size(); ++i) {
    if (spans[i].first < spans[i - 1].second) fail("two records overlap");
  }
}

const ZipArchive::Entry& ZipArchive::entry(const std::string& record) const {
  const auto found = entries_.find(record);
  if (found == entries_.end()) fail("record '" + record + "' is missing");
  return found->second;
}

Bytes ZipArchive::read(const std::string& record, std::vector<std::byte>& storage) const {
  const Entry& found = entry(record);
  Bytes contents = file_.subspan(static_cast<std::size_t>(found.data_offset),
                                 static_cast<std::size_t>(found.compressed_size));
  if (found.method == deflated) {
    storage = inflate(found, record);
    contents = storage;
  }
  const uLong crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(contents.data()), contents.size());
  if (crc != found.crc) fail("record '" + record + "' is damaged (its CRC-32 differs)");
  return contents;
}

std::vector<std::byte> ZipArchive::inflate(const Entry& entry, const std::string& record) const {
  // Of zlib's numbers, and of a vector.
  constexpr std::uint64_t largest =
      std::min<std::uint64_t>(std::numeric_limits<uInt>::max(), PTRDIFF_MAX);
  if (entry.size > largest || entry.compressed_size > largest) {
    fail("record '" + record + "': deflated records of more than " + std::to_string(largest) +
         " bytes are not supported");
  }
  std::vector<std::byte> output(static_cast<std::size_t>(entry.size));
  std::byte nothing{};  // zlib wants a place to write even where nothing is expected
  z_stream stream{};
  stream.next_in = const_cast<Bytef*>(
      reinterpret_cast<const Bytef*>(file_.data() + static_cast<std::size_t>(entry.data_offset)));
  stream.avail_in = static_cast<uInt>(entry.compressed_size);
  stream.next_out = reinterpret_cast<Bytef*>(output.empty() ? &nothing : output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  constexpr int raw_deflate = -MAX_WBITS;
  if (::inflateInit2(&stream, raw_deflate) != Z_OK) throw std::bad_alloc();
  const int status = ::inflate(&stream, Z_FINISH);
  const bool complete = status == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0;
  ::inflateEnd(&stream);
  if (!complete) fail("record '" + record + "' does not unpack to the size that it claims");
  return output;
}

}  // namespace fliqe::pth
