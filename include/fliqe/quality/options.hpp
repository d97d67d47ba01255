// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <fliqe/model/backbone.hpp>
#include <fliqe/model/precision.hpp>
#include <fliqe/version.hpp>
#include <optional>

namespace fliqe::inline FLIQE_ABI {

struct Options {
  /// Threads for each call; 0: `FLIQE_THREADS`, else all cores. Who scores many pictures gets most
  /// from 1 here and a call on every core at once.
  int threads = 0;
  /// Threads for loading the weights; 0: as many as for a call.
  int load_threads = 0;
  /// Most images that go through the network at once; memory grows with it, about 13 MB (ResNet50)
  /// or 4 MB (compact) each. Larger batches are cut up.
  int max_batch = 8;
  /// Direct convolutions only. Slower; the rounding error is smaller than with Winograd's method,
  /// which otherwise computes most 3x3 layers.
  bool parity = false;
  /// Read where the class leaves it open, FLIQE<Backbone, AnyPrecision>; nothing: int8 where the
  /// weights are made for it, else f32.
  std::optional<PrecisionKind> precision{};
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
