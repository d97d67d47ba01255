// SPDX-License-Identifier: MIT
#pragma once

#include <cctype>
#include <string>

namespace fliqe::tools {

/// With small letters, as the C locale has them.
inline std::string lower_case(std::string text) {
  for (char& letter : text) {
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return text;
}

}  // namespace fliqe::tools
