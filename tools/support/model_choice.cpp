// SPDX-License-Identifier: MIT
#include "support/model_choice.hpp"

#include <cstdlib>
#include <fliqe/weights/embedded.hpp>
#include <fliqe/weights/safetensors.hpp>

namespace fliqe::tools {

std::string chosen_weights(const std::string& option) {
  if (!option.empty()) return option;
  const char* environment = std::getenv("FLIQE_WEIGHTS");
  return environment != nullptr ? environment : "";
}

LoadedModel load_model(const std::string& weights_option, const Options& options) {
  const std::string path = chosen_weights(weights_option);
  const std::string source = path.empty() ? "built-in compact weights" : path;
  const auto file = path.empty() ? weights::Safetensors::from_memory(embedded_weights(), source)
                                 : weights::Safetensors::open(path);
  return {Scorer(file, options), source, file.metadata("source_sha256").value_or("")};
}

}  // namespace fliqe::tools
