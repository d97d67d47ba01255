// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::inline FLIQE_ABI::weights {

/// Reads JSON (RFC 8259) of a known structure: the header of a safetensors file, the description of
/// a network. A pull parser: the caller states what must come next; nothing is allocated ahead,
/// nothing recurses.
class JsonReader {
 public:
  /// @param name  of what is read, for messages
  JsonReader(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {}

  /// Reads an object: calls `visitor(key)` for each field, which must read the field's value.
  template <class Visitor>
  void object(const Visitor& visitor) {
    expect('{');
    if (accept('}')) return;
    do {
      const std::string key = string();
      expect(':');
      visitor(key);
    } while (accept(','));
    expect('}');
  }

  /// Reads an array: calls `visitor()` for each element, which must read it.
  template <class Visitor>
  void array(const Visitor& visitor) {
    expect('[');
    if (accept(']')) return;
    do {
      visitor();
    } while (accept(','));
    expect(']');
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail({"expected '", wanted, "'"});
  }

  bool accept(char wanted) {
    skip_space();
    if (position_ >= text_.size() || text_[position_] != wanted) return false;
    ++position_;
    return true;
  }

  /// Only white space may be left.
  void expect_end() {
    skip_space();
    if (position_ != text_.size()) fail("expected the end of the text");
  }

  std::string string() {
    expect('"');
    std::string value;
    while (true) {
      const char letter = take();
      if (letter == '"') return value;
      if (static_cast<unsigned char>(letter) < 0x20) fail("control character in a string");
      if (letter == '\\') {
        append_escape(value);
      } else {
        value.push_back(letter);
      }
    }
  }

  std::uint64_t unsigned_integer() {
    skip_space();
    const char* begin = text_.data() + position_;
    const char* end = text_.data() + text_.size();
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(begin, end, value);
    if (error != std::errc{} || (*begin == '0' && rest != begin + 1)) {
      fail("expected an unsigned 64-bit integer");
    }
    position_ += static_cast<std::size_t>(rest - begin);
    return value;
  }

  std::vector<std::uint64_t> unsigned_integers(std::size_t at_most) {
    std::vector<std::uint64_t> values;
    array([&] {
      if (values.size() == at_most) {
        fail({"expected at most ", at_most, " numbers in a list"});
      }
      values.push_back(unsigned_integer());
    });
    return values;
  }

  /// A finite number.
  float number() {
    skip_space();
    const char* begin = text_.data() + position_;
    float value = 0;
    const auto [rest, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc{} || !(std::abs(value) <= std::numeric_limits<float>::max())) {
      fail("expected a number");
    }
    position_ += static_cast<std::size_t>(rest - begin);
    return value;
  }

  bool boolean() {
    skip_space();
    for (const std::string_view word : {"true", "false"}) {
      if (text_.substr(position_, word.size()) != word) continue;
      position_ += word.size();
      return word == "true";
    }
    fail("expected true or false");
  }

  [[noreturn]] void fail(const Message& what) const {
    detail::raise(ErrorCode::corrupt_file, {name_, ": JSON, character ", position_, ": ", what});
  }

 private:
  char take() {
    if (position_ >= text_.size()) fail("the text ends inside a string");
    return text_[position_++];
  }

  void skip_space() {
    while (position_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[position_]) != std::string_view::npos) {
      ++position_;
    }
  }

  void append_escape(std::string& value) {
    const char letter = take();
    switch (letter) {
      case '"':
      case '\\':
      case '/':
        value.push_back(letter);
        return;
      case 'b':
        value.push_back('\b');
        return;
      case 'f':
        value.push_back('\f');
        return;
      case 'n':
        value.push_back('\n');
        return;
      case 'r':
        value.push_back('\r');
        return;
      case 't':
        value.push_back('\t');
        return;
      case 'u':
        append_utf8(value, code_point());
        return;
      default:
        fail("unknown escape in a string");
    }
  }

  unsigned hex4() {
    unsigned value = 0;
    for (int i = 0; i < 4; ++i) {
      const char digit = take();
      value <<= 4;
      if (digit >= '0' && digit <= '9')
        value |= static_cast<unsigned>(digit - '0');
      else if (digit >= 'a' && digit <= 'f')
        value |= static_cast<unsigned>(digit - 'a' + 10);
      else if (digit >= 'A' && digit <= 'F')
        value |= static_cast<unsigned>(digit - 'A' + 10);
      else
        fail("expected four hexadecimal digits");
    }
    return value;
  }

  unsigned code_point() {
    const unsigned first = hex4();
    if (first < 0xd800 || first > 0xdfff) return first;
    if (first > 0xdbff || take() != '\\' || take() != 'u') fail("lone surrogate in a string");
    const unsigned second = hex4();
    if (second < 0xdc00 || second > 0xdfff) fail("lone surrogate in a string");
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  }

  static void append_utf8(std::string& value, unsigned code) {
    const auto put = [&value](unsigned byte) { value.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | (code >> 6));
      put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      put(0xe0 | (code >> 12));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    } else {
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3f));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    }
  }

  std::string_view text_;
  std::string name_;
  std::size_t position_ = 0;
};

}  // namespace fliqe::inline FLIQE_ABI::weights
