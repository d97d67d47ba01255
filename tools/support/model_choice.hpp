// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/backbone.hpp>
#include <fliqe/quality/fliqe.hpp>
#include <optional>
#include <string>

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

/// @param precision  nothing: int8 where the weights are made for it, else f32
/// @throws Error when the weights cannot be used
LoadedModel load_model(const std::string& weights_option, Options options,
                       std::optional<PrecisionKind> precision = PrecisionKind::f32);

/// What computes the convolutions, for the user: "f32, avx512" or "int8, avx512_vnni".
std::string arithmetic(const Scorer& scorer);

}  // namespace fliqe::tools
