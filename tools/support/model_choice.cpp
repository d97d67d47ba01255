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

std::string_view kernels_of(PrecisionKind precision, Isa isa) {
  switch (precision) {
    case PrecisionKind::bf16:
      return kernels::narrow_table_for<kernels::Bf16Table>(isa).name;
    case PrecisionKind::int8:
      return kernels::narrow_table_for<kernels::QuantizedTable>(isa).name;
    case PrecisionKind::f32:
      break;
  }
  return to_string(isa);
}

std::string arithmetic(const Scorer& scorer) {
  const model::Network& network = scorer.network();
  return std::string(to_string(network.precision())) + ", " +
         std::string(kernels_of(network.precision(), network.isa()));
}

}  // namespace fliqe::tools
