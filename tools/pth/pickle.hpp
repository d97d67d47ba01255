// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <fliqe/base/byte_reader.hpp>
#include <string>
#include <utility>
#include <vector>

namespace fliqe::pth {

using detail::as_text;
using detail::ByteReader;
using detail::Bytes;

using ValueId = std::uint32_t;

/// One value of a pickle. Containers refer to their items by id, so that nothing nests in memory
/// and nothing here ever recurses, however deep the pickle goes.
struct Value {
  enum class Kind {
    none,
    boolean,
    integer,
    real,
    text,
    tuple,       ///< items
    list,        ///< items
    dict,        ///< items: key, value, key, value, ...
    global,      ///< text: "module name"; a name only, never looked up
    call,        ///< items: callable, arguments; never carried out
    persistent,  ///< items: the persistent id
    mark,
  };

  Kind kind = Kind::none;
  std::int64_t integer = 0;
  double real = 0;
  std::string text{};
  std::vector<ValueId> items{};
};

/// A parsed pickle: all values, and which of them is the result.
struct Pickle {
  std::vector<Value> values;
  ValueId root = 0;

  const Value& operator[](ValueId id) const { return values[id]; }
};

/// Reads one pickle stream (protocol 2 to 5, those opcodes that torch.save writes) without
/// executing anything: calls are kept as data. Any other opcode is an error that names it. Time and
/// memory are bounded by the length of the stream.
/// @throws Error `corrupt_file` or `unsupported_format`, naming the byte
Pickle read_pickle(ByteReader& reader);

}  // namespace fliqe::pth
