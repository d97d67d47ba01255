// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/header_only.hpp>
#include <fliqe/model/model_kind.hpp>
#include <fliqe/model/network_spec.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <optional>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

/// A set of tensors compared with the network they seem to be.
struct WeightsCheck {
  struct WrongShape {
    std::string name;
    weights::Shape expected;
    weights::Shape found;
  };

  NetworkSpec spec{};
  ModelKind kind = ModelKind::full;
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::vector<WrongShape> wrong_shape;
  std::vector<std::string> ignored;  ///< a classification layer `fc`, which FLIQE has no use for
  bool calibrated = false;           ///< int8 can be computed

  bool passed() const noexcept {
    return missing.empty() && unexpected.empty() && wrong_shape.empty();
  }

  /// Every difference, by name.
  std::string message() const;
};

/// Metadata of a weights file: the description of its network, as JSON.
inline constexpr const char* network_key = "network";
/// Metadata of files without a description: the names of the head's classes, one on each line.
inline constexpr const char* classes_key = "classes";

/// Compares the tensors with a network and finds out how much of it they are: every name and shape.
/// BatchNorm's `num_batches_tracked` counters may be there or not.
/// @param required  the network; nothing: that of the metadata or a built-in one
/// @throws Error `weights_mismatch` when there is no first convolution, and as resolve_network()
WeightsCheck check_weights(const weights::TensorSet& set,
                           const std::optional<NetworkSpec>& required = std::nullopt);

/// The same for weights that must fit. @throws Error as check_weights(), and `weights_mismatch`
/// with every difference
WeightsCheck require_weights(const weights::TensorSet& set,
                             const std::optional<NetworkSpec>& required = std::nullopt);

}  // namespace fliqe::inline FLIQE_ABI::model

#if FLIQE_HEADER_ONLY
#include <fliqe/model/check_weights_impl.hpp>
#endif
