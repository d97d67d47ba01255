// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <fliqe/weights/embedded.hpp>
#include <fliqe/weights/load_weights.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <string>

namespace fliqe::tools {

/// The weights file that a run uses: `option`, else the environment variable FLIQE_WEIGHTS, else
/// empty, which stands for the built-in weights.
inline std::string resolve_weights(const std::string& option) {
  if (!option.empty()) return option;
  const char* environment = std::getenv("FLIQE_WEIGHTS");
  return environment != nullptr ? environment : "";
}

/// A weights file of either format, or for an empty path the built-in weights. Inline, because
/// every program and library has built-in weights of its own.
/// @throws Error as load_weights()
inline weights::TensorSet open_weights(const std::string& path) {
  return path.empty() ? weights::parse_safetensors(embedded_weights(), "built-in compact weights")
                      : load_weights(path);
}

}  // namespace fliqe::tools
