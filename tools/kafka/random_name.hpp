// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdio>
#include <random>
#include <string>

namespace fliqe::tools {

/// 16 hexadecimal digits that tell this run from others.
inline std::string random_name() {
  std::random_device random;
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x", random(), random());
  return text.data();
}

}  // namespace fliqe::tools
