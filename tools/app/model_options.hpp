// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/quality/fliqe.hpp>
#include <string>
#include <string_view>

#include "weights/open_weights.hpp"

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

/// SHA-256 of the weights that a run uses. @throws Error `io`
std::string weights_sha256(const std::string& option);

/// @throws Error when the weights cannot be used
LoadedModel load_model(const std::string& weights_option, const Options& options);

/// Adds --precision to a command.
void add_precision_option(CLI::App& command, PrecisionChoice& precision);

/// Which model a command uses, and how.
struct ModelOptions {
  std::string weights;
  PrecisionChoice precision;
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
