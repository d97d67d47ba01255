// SPDX-License-Identifier: MIT
#include "serve/python_json.hpp"

#include <algorithm>
#include <array>

namespace fliqe::tools {
namespace {

/// Goes through a text as Python's json.decoder does and stops at the first mistake.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<PythonJsonError> run() {
    skip_blanks();
    value();
    skip_blanks();
    if (!error_ && place_ < text_.size()) fail("Extra data", place_);
    return error_;
  }

 private:
  static constexpr int deepest = 500;

  bool fail(const char* message, std::size_t place) {
    const auto begin = text_.begin(),
               end = begin + static_cast<std::ptrdiff_t>(std::min(place, text_.size()));
    const auto is_first_of_character = [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    };
    error_ = PythonJsonError{
        message, static_cast<std::size_t>(std::count_if(begin, end, is_first_of_character))};
    return false;
  }

  bool is_at(char c) const { return place_ < text_.size() && text_[place_] == c; }

  void skip_blanks() {
    place_ = std::min(text_.find_first_not_of(" \t\r\n", place_), text_.size());
  }

  bool value() {
    if (depth_ > deepest) return fail("Expecting value", place_);
    if (is_at('"')) return string();
    if (is_at('{')) return object();
    if (is_at('[')) return array();
    for (const std::string_view word : {"null", "true", "false", "NaN", "Infinity", "-Infinity"}) {
      if (!text_.substr(place_).starts_with(word)) continue;
      place_ += word.size();
      return true;
    }
    return number();
  }

  bool digits() {
    const std::size_t begin = place_;
    while (place_ < text_.size() && text_[place_] >= '0' && text_[place_] <= '9') ++place_;
    return place_ > begin;
  }

  bool number() {
    const std::size_t begin = place_;
    if (is_at('-')) ++place_;
    if (is_at('0')) {
      ++place_;
    } else if (!digits()) {
      place_ = begin;
      return fail("Expecting value", begin);
    }
    std::size_t end = place_;
    if (is_at('.') && (++place_, digits())) end = place_;
    place_ = end;
    if (is_at('e') || is_at('E')) {
      ++place_;
      if (is_at('+') || is_at('-')) ++place_;
      if (digits()) end = place_;
    }
    place_ = end;
    return true;
  }

  bool string() {
    const std::size_t begin = place_++;
    while (place_ < text_.size() && text_[place_] != '"') {
      const char c = text_[place_];
      if (static_cast<unsigned char>(c) < 0x20) return fail("Invalid control character at", place_);
      if (c == '\\' && !escape(begin)) return false;
      ++place_;
    }
    if (place_ >= text_.size()) return fail("Unterminated string starting at", begin);
    ++place_;
    return true;
  }

  bool escape(std::size_t begin) {
    const std::size_t backslash = place_++;
    if (place_ >= text_.size()) return fail("Unterminated string starting at", begin);
    if (text_[place_] != 'u') {
      constexpr std::string_view known = "\"\\/bfnrt";
      return known.find(text_[place_]) != known.npos || fail("Invalid \\escape", backslash);
    }
    const std::string_view code = text_.substr(place_ + 1, 4);
    if (code.size() < 4 || code.find_first_not_of("0123456789abcdefABCDEF") != code.npos) {
      return fail("Invalid \\uXXXX escape", backslash + 1);
    }
    place_ += 4;
    return true;
  }

  bool object() {
    ++place_;
    skip_blanks();
    if (is_at('}')) return ++place_, true;
    while (true) {
      if (!is_at('"')) return fail("Expecting property name enclosed in double quotes", place_);
      if (!string()) return false;
      skip_blanks();
      if (!is_at(':')) return fail("Expecting ':' delimiter", place_);
      ++place_;
      if (!member()) return false;
      if (is_at('}')) return ++place_, true;
      if (!is_at(',')) return fail("Expecting ',' delimiter", place_);
      ++place_;
      skip_blanks();
    }
  }

  bool array() {
    ++place_;
    skip_blanks();
    if (is_at(']')) return ++place_, true;
    while (true) {
      if (!member()) return false;
      if (is_at(']')) return ++place_, true;
      if (!is_at(',')) return fail("Expecting ',' delimiter", place_);
      ++place_;
    }
  }

  /// A value with blanks around it.
  bool member() {
    skip_blanks();
    ++depth_;
    if (!value()) return false;
    --depth_;
    skip_blanks();
    return true;
  }

  std::string_view text_;
  std::size_t place_ = 0;
  int depth_ = 0;
  std::optional<PythonJsonError> error_;
};

}  // namespace

std::optional<PythonJsonError> python_json_error(std::string_view text) {
  return Scanner(text).run();
}

}  // namespace fliqe::tools
