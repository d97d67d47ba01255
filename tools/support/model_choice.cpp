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

LoadedModel load_model(const std::string& weights_option, Options options,
                       std::optional<PrecisionKind> precision) {
  const std::string path = chosen_weights(weights_option);
  const std::string source = path.empty() ? "built-in compact weights" : path;
  const auto file = path.empty() ? weights::Safetensors::from_memory(embedded_weights(), source)
                                 : weights::Safetensors::open(path);
  const auto natural = [&] {
    const bool calibrated = model::check_weights(file.tensors(), file.name()).calibrated;
    return calibrated ? PrecisionKind::int8 : PrecisionKind::f32;
  };
  options.precision = precision ? *precision : natural();
  return {Scorer(file, options), source, file.metadata("source_sha256").value_or("")};
}

std::string arithmetic(const Scorer& scorer) {
  const model::Network& network = scorer.network();
  const std::string_view kernels = network.precision() == PrecisionKind::int8
                                       ? kernels::quantized_table_for(network.isa()).name
                                       : to_string(network.isa());
  return std::string(to_string(network.precision())) + ", " + std::string(kernels);
}

}  // namespace fliqe::tools
