// SPDX-License-Identifier: MIT
#include <array>
#include <cstddef>
#include <vector>

#include "fuzz/mutators.hpp"
#include "support/pickle_writer.hpp"

namespace fliqe::fuzz {
namespace {

using test::bytes_of;
namespace pk = test::pickle;

/// What follows an opcode (Python's pickletools): some bytes, or a count of `count` bytes and as
/// many bytes as it says, or two lines.
struct Argument {
  std::size_t bytes = 0;
  std::size_t count = 0;
  bool two_lines = false;
};

Argument argument_of(char opcode) {
  switch (static_cast<unsigned char>(opcode)) {
    case 0x80:
    case 'K':
    case 'q':
    case 'h':
      return {.bytes = 1};
    case 'M':
      return {.bytes = 2};
    case 'J':
    case 'r':
    case 'j':
      return {.bytes = 4};
    case 0x95:
    case 'G':
      return {.bytes = 8};
    case 0x8a:
    case 0x8c:
    case 'U':
      return {.count = 1};
    case 'X':
    case 'T':
      return {.count = 4};
    case 'c':
      return {.two_lines = true};
    default:
      return {};
  }
}

/// Length of the instruction at the beginning of `text`, as far as it is there.
std::size_t instruction_size(std::string_view text) {
  const Argument argument = argument_of(text[0]);
  const std::string_view rest = text.substr(1);
  if (argument.two_lines) {
    const std::size_t second = rest.find('\n', rest.find('\n') + 1);
    return second == std::string_view::npos ? text.size() : second + 2;
  }
  std::uint32_t counted = 0;
  std::memcpy(&counted, rest.data(), std::min(argument.count, rest.size()));
  return 1 + std::min(argument.bytes + argument.count + counted, rest.size());
}

std::vector<std::string> split(std::string_view pickle) {
  std::vector<std::string> instructions;
  while (!pickle.empty()) {
    const std::size_t size = instruction_size(pickle);
    instructions.emplace_back(pickle.substr(0, size));
    pickle.remove_prefix(size);
  }
  return instructions;
}

/// Another argument; a text keeps a right length in front of it most of the time.
std::string with_other_argument(const std::string& instruction, Random& random) {
  constexpr std::array<std::int64_t, 10> telling{
      0, 1, -1, 2, 127, 255, 0x7fffffff, INT64_MAX, INT64_MIN, std::int64_t{1} << 62};
  if (instruction[0] == 'X' && instruction.size() > 5 && random.below(4) != 0) {
    return pk::text(change_bytes(instruction.substr(5)));
  }
  if (instruction[0] == '\x8a' && random.below(4) != 0) {
    return pk::integer(telling[random.below(telling.size())]);
  }
  return instruction.substr(0, 1) + change_bytes(instruction.substr(1));
}

std::string any_instruction(Random& random) {
  static const std::vector<std::string> known = {
      "(",
      ".",
      "0",
      "1",
      "2",
      "N",
      "\x88",
      "\x89",
      ")",
      "t",
      "\x85",
      "\x86",
      "\x87",
      "]",
      "a",
      "e",
      "}",
      "s",
      "u",
      "\x8f",
      "\x93",
      "R",
      "\x81",
      "b",
      "Q",
      "\x94",
      "K\x01",
      "M\x01\x02",
      "J\x01\x02\x03\x04",
      "h\x01",
      "q\x01",
      "U\x01t",
      "\x8c\x01"
      "0",
      "G01234567",
      "r\x01\x02\x03\x04",
      "j\x01\x02\x03\x04",
      "\x80\x04",
      std::string("\x95") + std::string(8, '\0'),
      pk::text("t"),
      pk::text("storage"),
      pk::text("state_dict"),
      pk::text("module.a"),
      pk::integer(4),
      pk::integer(-1),
      pk::global("torch", "FloatStorage"),
      pk::global("torch", "LongStorage"),
      pk::global("torch", "Size"),
      pk::global("collections", "OrderedDict"),
      pk::global("torch._utils", "_rebuild_tensor_v2"),
      pk::global("torch._utils", "_rebuild_parameter"),
      pk::storage("0", 16),
      pk::tensor(pk::storage("0", 16), 0, pk::integer(4), pk::integer(1)),
  };
  return known[random.below(known.size())];
}

}  // namespace

std::string change_pickle(std::string_view pickle, Random& random) {
  std::vector<std::string> instructions = split(pickle);
  if (instructions.empty()) return any_instruction(random);
  const std::size_t at = random.below(instructions.size());
  const std::size_t other = random.below(instructions.size());
  const auto place = instructions.begin() + static_cast<std::ptrdiff_t>(at);
  const std::size_t run = 1 + random.below(std::min<std::size_t>(8, instructions.size() - at));
  const auto end = place + static_cast<std::ptrdiff_t>(run);
  switch (random.below(5)) {
    case 0:
      instructions.erase(place, end);
      break;
    case 1: {
      const std::vector<std::string> repeated(place, end);
      instructions.insert(instructions.begin() + static_cast<std::ptrdiff_t>(other),
                          repeated.begin(), repeated.end());
      break;
    }
    case 2:
      std::swap(instructions[at], instructions[other]);
      break;
    case 3:
      instructions.insert(place, any_instruction(random));
      break;
    default:
      instructions[at] = with_other_argument(instructions[at], random);
  }
  std::string changed;
  for (const std::string& each : instructions) changed += each;
  return changed;
}

}  // namespace fliqe::fuzz
