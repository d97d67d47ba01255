// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/error.hpp>
#include <string>
#include <string_view>

#include "io/json.hpp"

namespace fliqe::tools {

/// Bounds on what a text makes a program hold and do: values go down the stack level by level when
/// they are copied and written, an empty array of two bytes takes fifty in memory, and a name is
/// looked for among all others of its object.
struct JsonLimits {
  std::size_t depth = 64;        ///< levels of arrays and objects
  std::size_t members = 256;     ///< of an object
  std::size_t values = 100'000;  ///< in all
};

/// The text goes beyond the limits.
class JsonLimitError : public Error {
 public:
  using Error::Error;
};

/// @param place  stands for the text in messages
/// @throws JsonLimitError `invalid_argument`, or Error `corrupt_file` for what is no JSON
Json parse_json(std::string_view text, const std::string& place, const JsonLimits& limits = {});

/// A value for a message, cut off where it is long.
std::string excerpt(const Json& value);

}  // namespace fliqe::tools
