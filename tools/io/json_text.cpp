// SPDX-License-Identifier: MIT
#include "io/json_text.hpp"

#include <algorithm>
#include <vector>

namespace fliqe::tools {
namespace {

constexpr std::size_t longest_message = 200;

std::string cut_off(std::string text) {
  if (text.size() <= longest_message) return text;
  text.resize(longest_message);
  return text + "...";
}

/// Goes from bracket to bracket before the text is parsed, which may be wrong between them.
class Counter {
 public:
  Counter(std::string_view text, const std::string& place, const JsonLimits& limits)
      : text_(text), place_(place), limits_(limits) {}

  void run() {
    for (std::size_t i = next(0); i < text_.size(); i = next(i + 1)) {
      if (text_[i] == '"') {
        i = end_of_string(i);
      } else {
        count(text_[i]);
      }
    }
  }

 private:
  std::size_t next(std::size_t i) const { return text_.find_first_of("\"[]{},:", i); }

  std::size_t end_of_string(std::size_t quote) const {
    std::size_t i = text_.find_first_of("\"\\", quote + 1);
    while (i < text_.size() && text_[i] == '\\') i = text_.find_first_of("\"\\", i + 2);
    return std::min(i, text_.size() - 1);
  }

  void count(char mark) {
    if (mark == ']' || mark == '}') {
      if (!members_.empty()) members_.pop_back();
    } else if (mark == ':') {
      if (!members_.empty()) check(++members_.back(), limits_.members, "members of an object");
    } else {
      check(++values_, limits_.values, "values");
      if (mark == ',') return;
      members_.push_back(0);
      check(members_.size(), limits_.depth, "levels");
    }
  }

  void check(std::size_t found, std::size_t most, const char* what) const {
    if (found <= most) return;
    throw JsonLimitError(ErrorCode::invalid_argument, place_ + ": expected JSON of at most " +
                                                          std::to_string(most) + " " + what);
  }

  std::string_view text_;
  const std::string& place_;
  const JsonLimits& limits_;
  std::vector<std::size_t> members_;  ///< of each level that is open; of an array none
  std::size_t values_ = 0;            ///< begun by a bracket or a comma
};

}  // namespace

Json parse_json(std::string_view text, const std::string& place, const JsonLimits& limits) {
  Counter(text, place, limits).run();
  // At which the parser would take the text to end.
  require(text.find('\0') == text.npos, ErrorCode::corrupt_file,
          place + ": expected JSON, found a byte of zero");
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::corrupt_file, cut_off(place + ": expected JSON: " + error.what()));
  }
}

std::string excerpt(const Json& value) {
  return cut_off(dump(value));
}

}  // namespace fliqe::tools
