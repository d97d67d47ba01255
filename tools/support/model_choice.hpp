// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/backbone.hpp>
#include <fliqe/quality/fliqe.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}  // namespace CLI

namespace fliqe::tools {

using Scorer = FLIQE<AnyBackbone, AnyPrecision>;

/// A loaded model and where it came from.
struct LoadedModel {
  Scorer scorer;
  std::string source;         ///< path, or "built-in compact weights"
  std::string source_sha256;  ///< of the checkpoint it was converted from; empty when not recorded
};

/// The weights that a run uses: the option, else the environment variable FLIQE_WEIGHTS, else
/// empty, which stands for those built into the program.
std::string chosen_weights(const std::string& option);

/// A safetensors file, or for an empty path the weights that are built in. @throws Error
weights::Safetensors open_weights(const std::string& path);

/// SHA-256 of the weights that a run uses. @throws Error `io`
std::string weights_sha256(const std::string& option);

/// What `fliqe convert --images` notes in a weights file of the change of quality in bfloat16.
inline constexpr const char* bf16_mean_key = "bf16_quality_difference_mean";
inline constexpr const char* bf16_largest_key = "bf16_quality_difference_max";

/// What stands for "auto": int8 for weights that are made for it; bf16 where the processor has
/// instructions for it and the file says that scores change by at most 0.003 on average and 0.03
/// at all; else f32.
PrecisionKind automatic_precision(const weights::Safetensors& file, bool has_fast_bf16);

/// The precision that was named, else the automatic one on this processor.
PrecisionKind chosen_precision(std::optional<PrecisionKind> named,
                               const weights::Safetensors& file);

/// Whether the kernels for `isa` multiply bfloat16 by instructions made for it.
bool has_fast_bf16(Isa isa);

/// @param options  without a precision: the automatic one
/// @throws Error when the weights cannot be used
LoadedModel load_model(const std::string& weights_option, Options options);

/// Which model a command uses, and how.
struct ModelOptions {
  std::string weights;
  std::string precision = "auto";
  int threads = 0;

  /// Adds --weights, --precision and --threads to a command.
  void add_options(CLI::App& command);
  LoadedModel load() const;
};

/// The name of the kernels that compute with a precision when `isa` may be used.
std::string_view kernels_of(PrecisionKind precision, Isa isa);

/// What computes the convolutions, for the user: "f32, avx512" or "int8, avx512_vnni".
std::string arithmetic(const Scorer& scorer);

}  // namespace fliqe::tools
