// SPDX-License-Identifier: MIT
#include "app/model_options.hpp"

#include <CLI/CLI.hpp>
#include <fliqe/base/file.hpp>
#include <fliqe/kernels/arithmetic.hpp>

#include "io/sha256.hpp"

namespace fliqe::tools {

std::string weights_sha256(const std::string& option) {
  const std::string path = resolve_weights(option);
  return path.empty() ? sha256(embedded_weights()) : sha256(FileBytes(path).bytes());
}

LoadedModel load_model(const std::string& weights_option, const Options& options) {
  const weights::TensorSet file = open_weights(resolve_weights(weights_option));
  return {Scorer(file, options), file.name(), file.metadata("source_sha256").value_or("")};
}

void add_precision_option(CLI::App& command, PrecisionChoice& precision) {
  command
      .add_option_function<std::string>(
          "--precision",
          [&precision](const std::string& name) { precision = PrecisionChoice::from_string(name); },
          "f32, bf16, int8 or auto; default: int8 with weights made by `fliqe quantize`, else\n"
          "f32, on every processor. auto: bf16 on processors with instructions for it, if the\n"
          "weights file records that scores hardly change")
      ->check(CLI::IsMember({"f32", "bf16", "int8", "auto"}));
}

void ModelOptions::add_options(CLI::App& command) {
  command.add_option("--weights", weights,
                     ".pth or safetensors file; default: FLIQE_WEIGHTS, else the built-in weights");
  add_precision_option(command, precision);
  command.add_option("--threads", threads, "0: all cores")->check(CLI::Range(0, 1024));
}

LoadedModel ModelOptions::load() const {
  return load_model(weights, {.threads = threads, .precision = precision});
}

namespace {

template <class Arithmetic>
std::string_view fastest_variant(Isa isa) {
  return kernels::variants<Arithmetic>()[kernels::fastest_variant<Arithmetic>(isa)].name;
}

}  // namespace

std::string_view kernels_of(PrecisionKind precision, Isa isa) {
  switch (precision) {
    case PrecisionKind::bf16:
      return fastest_variant<kernels::Bf16>(isa);
    case PrecisionKind::int8:
      return fastest_variant<kernels::Int8>(isa);
    case PrecisionKind::f32:
      break;
  }
  return to_string(isa);
}

std::string arithmetic(const Scorer& scorer) {
  return std::string(to_string(scorer.precision())) + ", " +
         std::string(kernels_of(scorer.precision(), scorer.isa()));
}

}  // namespace fliqe::tools
