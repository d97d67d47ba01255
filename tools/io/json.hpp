// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

namespace fliqe::tools {

using Json = nlohmann::ordered_json;

/// Nine significant digits, independent of the locale.
inline std::string digits9(double value) {
  std::array<char, 32> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 9);
  return {text.data(), end};
}

/// The number whose shortest decimal form is digits9(value), which is what a JSON library prints.
inline double rounded9(double value) {
  const std::string text = digits9(value);
  double rounded = 0;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return rounded;
}

/// What JSON can hold of a number: null stands for NaN and infinity.
inline Json finite_or_null(double value) {
  return std::isfinite(value) ? Json(rounded9(value)) : Json(nullptr);
}

/// File names need not be UTF-8; JSON must be.
inline std::string dump(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace fliqe::tools
