// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/backbone.hpp>
#include <fliqe/quality/fliqe.hpp>
#include <string>
#include <string_view>

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

/// @throws Error when the weights cannot be used
LoadedModel load_model(const std::string& weights_option, const Options& options);

/// The name of the kernels that compute with a precision when `isa` may be used.
std::string_view kernels_of(PrecisionKind precision, Isa isa);

/// What computes the convolutions, for the user: "f32, avx512" or "int8, avx512_vnni".
std::string arithmetic(const Scorer& scorer);

}  // namespace fliqe::tools
