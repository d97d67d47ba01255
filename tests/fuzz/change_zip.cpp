// SPDX-License-Identifier: MIT
#include <array>
#include <fliqe/base/error.hpp>
#include <vector>

#include "fuzz/mutators.hpp"
#include "pth/zip_archive.hpp"
#include "support/zip_writer.hpp"

namespace fliqe::fuzz {
namespace {

struct Field {
  std::size_t offset, size;
};

struct Structure {
  std::string_view signature;
  std::vector<Field> fields;
};

/// The numbers of each structure that a reader acts upon (APPNOTE 6.3, 4.3).
const std::array<Structure, 5>& structures() {
  static const std::array<Structure, 5> all{{
      {"PK\x03\x04", {{6, 2}, {8, 2}, {14, 4}, {18, 4}, {22, 4}, {26, 2}, {28, 2}}},
      {"PK\x01\x02",
       {{8, 2}, {10, 2}, {16, 4}, {20, 4}, {24, 4}, {28, 2}, {30, 2}, {32, 2}, {42, 4}}},
      {"PK\x05\x06", {{4, 2}, {6, 2}, {8, 2}, {10, 2}, {12, 4}, {16, 4}, {20, 2}}},
      {"PK\x06\x06", {{4, 8}, {16, 4}, {20, 4}, {24, 8}, {32, 8}, {40, 8}, {48, 8}}},
      {"PK\x06\x07", {{4, 4}, {8, 8}, {16, 4}}},
  }};
  return all;
}

struct Number {
  std::size_t place, size;
};

std::vector<Number> numbers_of(std::string_view file) {
  std::vector<Number> numbers;
  for (const Structure& structure : structures()) {
    for (std::size_t at = file.find(structure.signature); at != std::string_view::npos;
         at = file.find(structure.signature, at + 4)) {
      for (const Field& field : structure.fields) {
        const std::size_t place = at + field.offset;
        if (place + field.size <= file.size()) numbers.push_back({place, field.size});
      }
    }
  }
  return numbers;
}

/// One number of the headers becomes a telling one: at a limit, beside the right one, the place of
/// something else.
std::string with_other_number(std::string file, Random& random) {
  const std::vector<Number> numbers = numbers_of(file);
  if (numbers.empty()) return change_bytes(std::move(file));
  const Number& number = numbers[random.below(numbers.size())];
  std::uint64_t value = 0;
  std::memcpy(&value, file.data() + number.place, number.size);
  const std::array<std::uint64_t, 9> telling{0,
                                             1,
                                             value + 1,
                                             value - 1,
                                             ~std::uint64_t{0},
                                             ~std::uint64_t{0} >> 1,
                                             file.size(),
                                             numbers[random.below(numbers.size())].place,
                                             random.below(file.size())};
  value = telling[random.below(telling.size())];
  std::memcpy(file.data() + number.place, &value, number.size);
  return file;
}

/// The same records, one with other contents, written again.
std::string with_other_contents(std::string_view file, Random& random) {
  const pth::ZipArchive zip(std::as_bytes(std::span(file)), "x.pth");
  const std::string& top = zip.top_folder();
  const std::array<std::string, 5> records{top + "data.pkl", top + "data/0", top + "data/1",
                                           top + "byteorder", top + "version"};
  const std::string& changed = records[random.below(4) == 0 ? random.below(records.size()) : 0];
  test::ZipWriter writer({.deflate = random.below(2) == 0, .zip64 = random.below(4) == 0});
  for (const std::string& record : records) {
    if (!zip.contains(record)) continue;
    std::vector<std::byte> storage;
    std::string contents(pth::as_text(zip.read(record, storage)));
    if (record == changed) {
      contents = record == records[0] ? change_pickle(contents, random) : change_bytes(contents);
    }
    writer.add(record, contents);
  }
  return writer.finish();
}

}  // namespace

std::string change_zip(std::string_view file, Random& random) {
  if (random.below(2) == 0) {
    try {
      return with_other_contents(file, random);
    } catch (const Error&) {  // no archive any more, or none yet
    }
  }
  return with_other_number(std::string(file), random);
}

}  // namespace fliqe::fuzz
