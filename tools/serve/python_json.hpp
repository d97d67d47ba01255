// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace fliqe::tools {

/// What Python's json module says of a text that is no JSON, which FastAPI passes on.
struct PythonJsonError {
  std::string message;
  std::size_t place = 0;  ///< in characters, not bytes
};

/// Nothing for what Python takes for JSON.
std::optional<PythonJsonError> python_json_error(std::string_view text);

}  // namespace fliqe::tools
