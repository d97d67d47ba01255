// SPDX-License-Identifier: MIT
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/pickle_writer.hpp"

namespace fliqe::test {

/// Writes zip archives, well formed or broken in one chosen way.
class ZipWriter {
 public:
  struct Options {
    bool deflate = false;
    bool zip64 = false;
  };
  /// What a record claims, where that shall differ from the truth.
  struct Lies {
    int size_change = 0;
    int crc_change = 0;
    int offset_change = 0;
    std::uint16_t flags = 0;
    std::string local_name{};
  };

  ZipWriter() = default;
  explicit ZipWriter(Options options) : options_(options) {}

  ZipWriter& add(const std::string& name, const std::string& contents) {
    return add(name, contents, Lies());
  }

  ZipWriter& add(const std::string& name, const std::string& contents, const Lies& lies) {
    const std::string data = options_.deflate ? deflated(contents) : contents;
    const auto crc = static_cast<std::uint32_t>(::crc32(
        0, reinterpret_cast<const Bytef*>(contents.data()), static_cast<uInt>(contents.size())));
    const std::string local_name = lies.local_name.empty() ? name : lies.local_name;
    const std::uint64_t offset = file_.size() + static_cast<std::uint64_t>(lies.offset_change);
    const std::uint64_t size = contents.size() + static_cast<std::uint64_t>(lies.size_change);
    const std::uint64_t packed = options_.deflate ? data.size() : size;
    const std::uint16_t method = options_.deflate ? 8 : 0;

    const std::string common =
        bytes_of(lies.flags) + bytes_of(method) + bytes_of<std::uint32_t>(0) +
        bytes_of(crc + static_cast<std::uint32_t>(lies.crc_change)) + narrow(packed) + narrow(size);
    const std::string local_extra = options_.zip64 ? zip64_field(size, packed) : padding();
    file_ += bytes_of<std::uint32_t>(0x04034b50) + bytes_of<std::uint16_t>(45) + common +
             bytes_of(static_cast<std::uint16_t>(local_name.size())) +
             bytes_of(static_cast<std::uint16_t>(local_extra.size())) + local_name + local_extra +
             data;

    const std::string extra = options_.zip64 ? zip64_field(size, packed, offset) : "";
    directory_ += bytes_of<std::uint32_t>(0x02014b50) + bytes_of<std::uint32_t>(0x002d002d) +
                  common + bytes_of(static_cast<std::uint16_t>(name.size())) +
                  bytes_of(static_cast<std::uint16_t>(extra.size())) + bytes_of<std::uint16_t>(0) +
                  bytes_of<std::uint16_t>(0) + std::string(6, '\0') + narrow(offset) + name + extra;
    ++entries_;
    return *this;
  }

  std::string finish() const {
    const std::uint64_t offset = file_.size(), size = directory_.size();
    std::string end = directory_;
    if (options_.zip64) {
      end += bytes_of<std::uint32_t>(0x06064b50) + bytes_of<std::uint64_t>(44) +
             bytes_of<std::uint32_t>(0x002d002d) + bytes_of<std::uint64_t>(0) +
             bytes_of<std::uint64_t>(entries_) + bytes_of<std::uint64_t>(entries_) +
             bytes_of(size) + bytes_of(offset);
      end += bytes_of<std::uint32_t>(0x07064b50) + bytes_of<std::uint32_t>(0) +
             bytes_of(offset + size) + bytes_of<std::uint32_t>(1);
    }
    const auto count = static_cast<std::uint16_t>(options_.zip64 ? 0xffff : entries_);
    end += bytes_of<std::uint32_t>(0x06054b50) + bytes_of<std::uint32_t>(0) + bytes_of(count) +
           bytes_of(count) + narrow(size) + narrow(offset) + bytes_of<std::uint16_t>(0);
    return file_ + end;
  }

 private:
  std::string narrow(std::uint64_t value) const {
    return bytes_of(options_.zip64 ? 0xffffffffu : static_cast<std::uint32_t>(value));
  }

  static std::string zip64_field(std::uint64_t size, std::uint64_t packed) {
    return bytes_of<std::uint16_t>(1) + bytes_of<std::uint16_t>(16) + bytes_of(size) +
           bytes_of(packed);
  }
  static std::string zip64_field(std::uint64_t size, std::uint64_t packed, std::uint64_t offset) {
    return bytes_of<std::uint16_t>(1) + bytes_of<std::uint16_t>(24) + bytes_of(size) +
           bytes_of(packed) + bytes_of(offset);
  }
  /// PyTorch pads with a field "FB"; the central directory does not have it.
  static std::string padding() { return "FB" + bytes_of<std::uint16_t>(3) + "ZZZ"; }

  static std::string deflated(const std::string& contents) {
    std::string packed(compressBound(static_cast<uLong>(contents.size())) + 64, '\0');
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(contents.data()));
    stream.avail_in = static_cast<uInt>(contents.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    ::deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
  }

  Options options_{};
  std::string file_;
  std::string directory_;
  std::uint64_t entries_ = 0;
};

}  // namespace fliqe::test
