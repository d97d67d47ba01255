// SPDX-License-Identifier: MIT
#include "support/model_choice.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>
#include <fliqe/base/file.hpp>
#include <fliqe/model/inventory.hpp>
#include <fliqe/weights/embedded.hpp>
#include <fliqe/weights/safetensors.hpp>

#include "support/sha256.hpp"

namespace fliqe::tools {

std::string chosen_weights(const std::string& option) {
  if (!option.empty()) return option;
  const char* environment = std::getenv("FLIQE_WEIGHTS");
  return environment != nullptr ? environment : "";
}

weights::Safetensors open_weights(const std::string& path) {
  return path.empty()
             ? weights::Safetensors::from_memory(embedded_weights(), "built-in compact weights")
             : weights::Safetensors::open(path);
}

std::string weights_sha256(const std::string& option) {
  const std::string path = chosen_weights(option);
  return path.empty() ? sha256(embedded_weights()) : sha256(detail::FileBytes(path).bytes());
}

PrecisionKind automatic_precision(const weights::Safetensors& file, bool has_fast_bf16) {
  constexpr double mean_limit = 0.003, largest_limit = 0.03;
  if (model::check_weights(file.tensors(), file.name()).calibrated) return PrecisionKind::int8;
  const auto within = [&](const char* key, double limit) {
    double value = 0;
    const std::string text = file.metadata(key).value_or("");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= limit;
  };
  const bool keeps_scores =
      within(bf16_mean_key, mean_limit) && within(bf16_largest_key, largest_limit);
  return has_fast_bf16 && keeps_scores ? PrecisionKind::bf16 : PrecisionKind::f32;
}

PrecisionKind chosen_precision(std::optional<PrecisionKind> named,
                               const weights::Safetensors& file) {
  return named ? *named : automatic_precision(file, has_fast_bf16(select_isa()));
}

bool has_fast_bf16(Isa isa) {
  const std::string_view kernels = kernels_of(PrecisionKind::bf16, isa);
  return kernels == "amx" || kernels == "avx512_bf16";
}

LoadedModel load_model(const std::string& weights_option, Options options) {
  const std::string path = chosen_weights(weights_option);
  const weights::Safetensors file = open_weights(path);
  options.precision = chosen_precision(options.precision, file);
  return {Scorer(file, options), file.name(), file.metadata("source_sha256").value_or("")};
}

void ModelOptions::add_options(CLI::App& command) {
  command.add_option("--weights", weights, "default: FLIQE_WEIGHTS, else the built-in weights");
  command.add_option("--precision", precision, "auto, f32, bf16 or int8")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "int8"}));
  command.add_option("--threads", threads, "0: all cores")->check(CLI::Range(0, 1024));
}

LoadedModel ModelOptions::load() const {
  return load_model(weights, {.threads = threads, .precision = precision_from_string(precision)});
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
