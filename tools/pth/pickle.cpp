// SPDX-License-Identifier: MIT
#include "pth/pickle.hpp"

#include <bit>
#include <unordered_map>

namespace fliqe::pth {
namespace {

using Kind = Value::Kind;

/// Opcodes as Python's pickletools names them.
enum Opcode : unsigned char {
  PROTO = 0x80,
  FRAME = 0x95,
  STOP = '.',
  MARK = '(',
  POP = '0',
  POP_MARK = '1',
  DUP = '2',
  NONE = 'N',
  NEWTRUE = 0x88,
  NEWFALSE = 0x89,
  BININT = 'J',
  BININT1 = 'K',
  BININT2 = 'M',
  LONG1 = 0x8a,
  BINFLOAT = 'G',
  BINUNICODE = 'X',
  SHORT_BINUNICODE = 0x8c,
  SHORT_BINSTRING = 'U',
  BINSTRING = 'T',
  EMPTY_TUPLE = ')',
  TUPLE = 't',
  TUPLE1 = 0x85,
  TUPLE2 = 0x86,
  TUPLE3 = 0x87,
  EMPTY_LIST = ']',
  APPEND = 'a',
  APPENDS = 'e',
  EMPTY_DICT = '}',
  SETITEM = 's',
  SETITEMS = 'u',
  EMPTY_SET = 0x8f,
  GLOBAL = 'c',
  STACK_GLOBAL = 0x93,
  REDUCE = 'R',
  NEWOBJ = 0x81,
  BUILD = 'b',
  BINPERSID = 'Q',
  BINPUT = 'q',
  LONG_BINPUT = 'r',
  MEMOIZE = 0x94,
  BINGET = 'h',
  LONG_BINGET = 'j',
};

constexpr std::size_t max_string = 1 << 16;
constexpr std::size_t max_values = 1'000'000;

class Machine {
 public:
  explicit Machine(ByteReader& reader) : reader_(reader) {}

  Pickle run() {
    while (true) {
      const auto opcode = reader_.number<std::uint8_t>();
      if (opcode == STOP) break;
      step(opcode);
    }
    pickle_.root = pop();
    return std::move(pickle_);
  }

 private:
  void step(std::uint8_t opcode) {
    switch (opcode) {
      case PROTO:
        return protocol();
      case FRAME:
        reader_.take(8);
        return;
      case MARK:
        push({.kind = Kind::mark});
        return;
      case POP:
        pop();
        return;
      case POP_MARK:
        pop_to_mark();
        return;
      case DUP:
        stack_.push_back(top());
        return;
      case NONE:
        push({});
        return;
      case NEWTRUE:
        push({.kind = Kind::boolean, .integer = 1});
        return;
      case NEWFALSE:
        push({.kind = Kind::boolean, .integer = 0});
        return;
      case BININT:
        return push_integer(reader_.number<std::int32_t>());
      case BININT1:
        return push_integer(reader_.number<std::uint8_t>());
      case BININT2:
        return push_integer(reader_.number<std::uint16_t>());
      case LONG1:
        return push_long(reader_.number<std::uint8_t>());
      case BINFLOAT:
        return push_real();
      case BINUNICODE:
      case BINSTRING:
        return push_text(reader_.number<std::uint32_t>());
      case SHORT_BINUNICODE:
      case SHORT_BINSTRING:
        return push_text(reader_.number<std::uint8_t>());
      case EMPTY_TUPLE:
        push({.kind = Kind::tuple});
        return;
      case TUPLE:
        push({.kind = Kind::tuple, .items = pop_to_mark()});
        return;
      case TUPLE1:
        return push_tuple(1);
      case TUPLE2:
        return push_tuple(2);
      case TUPLE3:
        return push_tuple(3);
      case EMPTY_SET:
      case EMPTY_LIST:
        push({.kind = Kind::list});
        return;
      case APPEND:
        return extend(Kind::list, pop_many(1));
      case APPENDS:
        return extend(Kind::list, pop_to_mark());
      case EMPTY_DICT:
        push({.kind = Kind::dict});
        return;
      case SETITEM:
        return extend(Kind::dict, pop_many(2));
      case SETITEMS:
        return extend(Kind::dict, pop_to_mark());
      case GLOBAL:
        return push_global();
      case STACK_GLOBAL:
        return push_stack_global();
      case NEWOBJ:
      case REDUCE:
        return call();
      case BUILD:
        pop();
        top();
        return;  // attributes: PyTorch keeps version numbers there
      case BINPERSID:
        push({.kind = Kind::persistent, .items = pop_many(1)});
        return;
      case BINPUT:
        memo_[reader_.number<std::uint8_t>()] = top();
        return;
      case LONG_BINPUT:
        memo_[reader_.number<std::uint32_t>()] = top();
        return;
      case MEMOIZE:
        memo_[static_cast<std::uint32_t>(memo_.size())] = top();
        return;
      case BINGET:
        return recall(reader_.number<std::uint8_t>());
      case LONG_BINGET:
        return recall(reader_.number<std::uint32_t>());
      default:
        throw Error(ErrorCode::unsupported_format,
                    reader_.name() + ": byte " + std::to_string(reader_.position() - 1) +
                        ": pickle opcode " + std::to_string(opcode) +
                        " does not occur in a state dict and is not carried out");
    }
  }

  void protocol() {
    const auto version = reader_.number<std::uint8_t>();
    if (version < 2 || version > 5) {
      reader_.fail("expected pickle protocol 2 to 5, found " + std::to_string(version));
    }
  }

  void push(Value value) {
    if (pickle_.values.size() == max_values) reader_.fail("more than a million values");
    pickle_.values.push_back(std::move(value));
    stack_.push_back(static_cast<ValueId>(pickle_.values.size() - 1));
  }

  void push_integer(std::int64_t value) { push({.kind = Kind::integer, .integer = value}); }

  /// Little-endian two's complement of any length; numbers beyond 64 bits are kept as text.
  void push_long(std::size_t size) {
    const Bytes bytes = reader_.take(size);
    if (size > sizeof(std::int64_t)) {
      push({.kind = Kind::text, .text = std::string(as_text(bytes))});
      return;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
    }
    const bool negative = size > 0 && (static_cast<unsigned>(bytes[size - 1]) & 0x80u) != 0;
    if (negative && size < sizeof(value)) value |= ~std::uint64_t{0} << (8 * size);
    push_integer(static_cast<std::int64_t>(value));
  }

  void push_real() {
    std::uint64_t bits = 0;  // big-endian
    for (const std::byte byte : reader_.take(8)) {
      bits = bits << 8 | static_cast<std::uint64_t>(byte);
    }
    push({.kind = Kind::real, .real = std::bit_cast<double>(bits)});
  }

  void push_text(std::size_t size) {
    if (size > max_string) reader_.fail("a string of " + std::to_string(size) + " bytes");
    push({.kind = Kind::text, .text = std::string(as_text(reader_.take(size)))});
  }

  void push_tuple(std::size_t size) { push({.kind = Kind::tuple, .items = pop_many(size)}); }

  void push_global() {
    const std::string module(reader_.line());
    push({.kind = Kind::global, .text = module + " " + std::string(reader_.line())});
  }

  void push_stack_global() {
    const std::vector<ValueId> names = pop_many(2);
    const Value& module = pickle_[names[0]];
    const Value& name = pickle_[names[1]];
    if (module.kind != Kind::text || name.kind != Kind::text) {
      reader_.fail("expected two strings as the name of a global");
    }
    push({.kind = Kind::global, .text = module.text + " " + name.text});
  }

  /// An ordered dict is a dict; every other call stays data.
  void call() {
    std::vector<ValueId> parts = pop_many(2);
    if (pickle_[parts[1]].kind != Kind::tuple) reader_.fail("expected a tuple of arguments");
    if (pickle_[parts[0]].kind == Kind::global &&
        pickle_[parts[0]].text == "collections OrderedDict" && pickle_[parts[1]].items.empty()) {
      push({.kind = Kind::dict});
      return;
    }
    push({.kind = Kind::call, .items = std::move(parts)});
  }

  /// Adds items to the container below them. A call may stand for a list or dict of a class of its
  /// own.
  void extend(Kind kind, const std::vector<ValueId>& items) {
    Value& target = pickle_.values[top()];
    if (kind == Kind::dict && items.size() % 2 != 0) reader_.fail("a key without a value");
    if (target.kind == Kind::call) return;
    if (target.kind != kind) {
      reader_.fail(kind == Kind::dict ? "expected a dict to put items into"
                                      : "expected a list to append to");
    }
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  void recall(std::uint32_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end()) reader_.fail("memo " + std::to_string(slot) + " was never written");
    stack_.push_back(found->second);
  }

  ValueId top() {
    if (stack_.empty()) reader_.fail("the stack is empty");
    return stack_.back();
  }

  ValueId pop() {
    const ValueId id = top();
    stack_.pop_back();
    return id;
  }

  std::vector<ValueId> pop_many(std::size_t count) {
    if (stack_.size() < count) reader_.fail("the stack is too short");
    std::vector<ValueId> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }

  std::vector<ValueId> pop_to_mark() {
    std::size_t begin = stack_.size();
    while (begin > 0 && pickle_[stack_[begin - 1]].kind != Kind::mark) --begin;
    if (begin == 0) reader_.fail("there is no mark on the stack");
    std::vector<ValueId> items = pop_many(stack_.size() - begin);
    stack_.pop_back();
    return items;
  }

  ByteReader& reader_;
  Pickle pickle_;
  std::vector<ValueId> stack_;
  std::unordered_map<std::uint32_t, ValueId> memo_;
};

}  // namespace

Pickle read_pickle(ByteReader& reader) {
  return Machine(reader).run();
}

}  // namespace fliqe::pth
