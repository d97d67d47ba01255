// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <fliqe/base/cpu.hpp>
#include <fliqe/model/backbone.hpp>
#include <fliqe/model/precision.hpp>
#include <fliqe/version.hpp>
#include <optional>

namespace fliqe::inline FLIQE_ABI {

struct Options {
  /// Threads for each call, 0 to 1024; 0: `FLIQE_THREADS`, else all cores. For the most pictures a
  /// second, use 1 here and make a call on every core at once.
  int threads = 0;
  /// Threads for loading the weights; 0: as many as for a call.
  int load_threads = 0;
  /// Most images that go through the network at once; memory grows with it, about 13 MB (ResNet50)
  /// or 4 MB (compact) each. Larger batches are cut up.
  int max_batch = 8;
  /// Direct convolutions only. Slower; the rounding error is smaller than with Winograd's method,
  /// which otherwise computes most 3x3 layers.
  bool parity = false;
  /// FLIQE<Backbone, AnyPrecision> computes in the precision that is asked for here; the others
  /// accept only their own. Nothing: int8 for quantized weights, else f32, on every processor.
  PrecisionChoice precision{};
  /// The kernels for resizing and for the network. Nothing: `FLIQE_ISA`, else the fastest that the
  /// processor supports.
  std::optional<Isa> isa{};
};

/// All that is known about one picture.
struct Assessment {
  double quality = 0;  ///< 1 - sigmoid(logit), in [0, 1]; higher is better
  float logit = 0;     ///< of "distorted"
  std::array<float, embedding_size> embedding{};  ///< of length 1
  double preprocess_ms = 0;                       ///< share of this picture in its batch
  double inference_ms = 0;                        ///< share of this picture in its batch
};

}  // namespace fliqe::inline FLIQE_ABI
