// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>
#include <fliqe/base/file.hpp>
#include <fliqe/weights/json_reader.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <limits>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI::weights {

static_assert(std::endian::native == std::endian::little,
              "weights are stored little-endian and used in place");

/// One pass over the bytes of a safetensors file.
class SafetensorsParser {
 public:
  SafetensorsParser(const std::string& name, std::shared_ptr<const void> owner)
      : name_(name), owner_(std::move(owner)) {}

  TensorSet parse(std::span<const std::byte> bytes) {
    check_not_pytorch(bytes);
    std::uint64_t header_size = 0;
    if (bytes.size() < sizeof(header_size)) {
      fail(ErrorCode::unsupported_format,
           {"expected a safetensors file, found ", bytes.size(), " bytes"});
    }
    std::memcpy(&header_size, bytes.data(), sizeof(header_size));
    const std::size_t available = bytes.size() - sizeof(header_size);
    if (header_size > std::min(available, max_safetensors_header) || header_size < 2 ||
        static_cast<char>(bytes[sizeof(header_size)]) != '{') {
      fail(ErrorCode::unsupported_format,
           "expected a safetensors file (8-byte header length, then '{')");
    }
    const auto size = static_cast<std::size_t>(header_size);
    read_header({reinterpret_cast<const char*>(bytes.data()) + sizeof(header_size), size},
                bytes.subspan(sizeof(header_size) + size));
    return TensorSet(name_, std::move(tensors_), std::move(metadata_));
  }

 private:
  void check_not_pytorch(std::span<const std::byte> bytes) const {
    const auto starts_with = [&](std::string_view magic) {
      return bytes.size() >= magic.size() &&
             std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
    };
    if (starts_with("PK\x03\x04") || starts_with("\x80\x02")) {
      fail(ErrorCode::unsupported_format,
           {"this is a PyTorch file; convert it once with `fliqe convert ", name_,
            " weights.safetensors`"});
    }
  }

  void read_header(std::string_view text, std::span<const std::byte> data) {
    JsonReader json(text, name_);
    json.object([&](const std::string& key) {
      if (key == "__metadata__") {
        read_metadata(json);
      } else {
        read_tensor(json, key, data);
      }
    });
    json.expect_end();
    check_coverage(data);
  }

  void read_metadata(JsonReader& json) {
    if (!metadata_.empty()) json.fail("__metadata__ appears twice");
    json.object([&](const std::string& key) { metadata_.insert_or_assign(key, json.string()); });
  }

  /// Reads {"dtype": ..., "shape": [...], "data_offsets": [begin, end]}.
  void read_tensor(JsonReader& json, const std::string& tensor_name,
                   std::span<const std::byte> data) {
    std::optional<DType> dtype;
    std::optional<std::vector<std::uint64_t>> shape, offsets;
    json.object([&](const std::string& field) {
      if (field == "dtype" && !dtype) {
        const std::string type_name = json.string();
        dtype = dtype_from_name(type_name);
        if (!dtype) {
          fail(ErrorCode::unsupported_format,
               {"tensor '", tensor_name, "': unknown element type '", type_name, "'"});
        }
      } else if (field == "shape" && !shape) {
        constexpr std::size_t max_rank = 8;
        shape = json.unsigned_integers(max_rank);
      } else if (field == "data_offsets" && !offsets) {
        offsets = json.unsigned_integers(2);
      } else {
        json.fail({"tensor '", tensor_name, "': unexpected field '", field, "'"});
      }
    });
    if (!dtype || !shape || !offsets || offsets->size() != 2) {
      json.fail({"tensor '", tensor_name, "': expected dtype, shape and two data_offsets"});
    }
    add_tensor(tensor_name, *dtype, *shape, (*offsets)[0], (*offsets)[1], data);
  }

  void add_tensor(const std::string& tensor_name, DType dtype,
                  const std::vector<std::uint64_t>& sizes, std::uint64_t begin, std::uint64_t end,
                  std::span<const std::byte> data) {
    const auto broken = [&](const Message& what) {
      fail(ErrorCode::corrupt_file, {"tensor '", tensor_name, "': ", what});
    };
    Shape shape;
    std::optional<std::size_t> bytes = info(dtype).size;
    for (const std::uint64_t size : sizes) {
      if (size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        broken({"size ", size, " is out of range"});
      }
      shape.push_back(static_cast<std::int64_t>(size));
      bytes = checked_multiply(*bytes, size);
      if (!bytes) broken({"shape ", to_string(shape), "... is out of range"});
    }
    if (begin > end || end > data.size()) {
      broken(
          {"data_offsets ", begin, "..", end, " lie outside the ", data.size(), " bytes of data"});
    }
    if (end - begin != *bytes) {
      broken({"shape ", to_string(shape), " needs ", *bytes, " bytes, data_offsets span ",
              end - begin});
    }
    tensors_.push_back({tensor_name, dtype, std::move(shape),
                        data.subspan(static_cast<std::size_t>(begin), *bytes), owner_});
  }

  /// Sorts the tensors by position and demands that each begins where the one before ends.
  void check_coverage(std::span<const std::byte> data) {
    std::ranges::sort(tensors_, {}, [](const TensorEntry& tensor) {
      return std::tuple(tensor.bytes.data(), tensor.bytes.size(), std::string_view(tensor.name));
    });
    std::size_t covered = 0;
    for (const TensorEntry& tensor : tensors_) {
      const auto begin = static_cast<std::size_t>(tensor.bytes.data() - data.data());
      if (begin != covered) {
        fail(ErrorCode::corrupt_file, {"tensor '", tensor.name, "': expected its data at ", covered,
                                       ", found it at ", begin});
      }
      covered += tensor.bytes.size();
    }
    if (covered != data.size()) {
      fail(ErrorCode::corrupt_file,
           {"tensors end at ", covered, " of ", data.size(), " bytes of data"});
    }
  }

  [[noreturn]] void fail(ErrorCode code, const Message& what) const {
    detail::raise(code, {name_, ": ", what});
  }

  const std::string& name_;
  std::shared_ptr<const void> owner_;
  TensorSet::Metadata metadata_;
  std::vector<TensorEntry> tensors_;
};

FLIQE_INLINE TensorSet parse_safetensors(std::span<const std::byte> bytes, const std::string& name,
                                         std::shared_ptr<const void> owner) {
  return SafetensorsParser(name, std::move(owner)).parse(bytes);
}

FLIQE_INLINE TensorSet read_safetensors(const std::string& path) {
  const auto file = std::make_shared<const FileBytes>(path);
  return parse_safetensors(file->bytes(), path, file);
}

}  // namespace fliqe::inline FLIQE_ABI::weights
