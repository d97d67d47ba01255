// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <fliqe/base/cpu.hpp>
#include <fliqe/base/inline_array.hpp>
#include <fliqe/model/network_spec.hpp>
#include <fliqe/model/precision.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <string>
#include <vector>

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

/// The embedding of a picture: a vector of length 1 whose size is the network's, 128 in the
/// built-in networks.
using Embedding = InlineArray<float, 128>;

/// A probability for each of a network's causes; their sum is 1.
using CauseProbabilities = InlineArray<double, 16>;

/// The quality of one picture and what it was computed from.
struct Assessment {
  double quality = 0;        ///< 1 - sigmoid(logit), in [0, 1]; higher is better
  float logit = 0;           ///< of "distorted"
  Embedding embedding{};     ///< of length 1; 128 numbers in the built-in networks
  double preprocess_ms = 0;  ///< share of this picture in its batch
  double inference_ms = 0;   ///< share of this picture in its batch
  /// How probable each of FLIQE::causes() is, given that the picture is distorted: of a clean
  /// picture they mean nothing. Empty when the weights name no causes.
  CauseProbabilities causes{};

  /// Index of the most probable cause; nothing when the weights name no causes.
  std::optional<std::size_t> cause() const noexcept {
    if (causes.empty()) return std::nullopt;
    return static_cast<std::size_t>(std::ranges::max_element(causes) - causes.begin());
  }
};

/// What one head says of a picture.
struct HeadOutput {
  std::string name;
  HeadKind kind = HeadKind::score;
  std::vector<float> logits;          ///< 1 for a score, else one for each class
  std::vector<double> probabilities;  ///< of the classes; of a score: clean, distorted
};

/// All that a network computes of one picture, in one pass.
struct Outputs {
  std::vector<float> features;    ///< averaged features of the trunk
  Embedding embedding;            ///< of length 1; empty for a bare trunk
  std::vector<HeadOutput> heads;  ///< in the order of NetworkSpec::heads
};

}  // namespace fliqe::inline FLIQE_ABI
