// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/backbone.hpp>
#include <fliqe/quality/fliqe.hpp>
#include <string>

namespace fliqe::tools {

using Scorer = FLIQE<AnyBackbone>;

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

}  // namespace fliqe::tools
