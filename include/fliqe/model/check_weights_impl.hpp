// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/error.hpp>
#include <fliqe/model/built_in_networks.hpp>
#include <fliqe/model/check_weights.hpp>
#include <fliqe/model/network_json.hpp>
#include <fliqe/model/weights_manifest.hpp>
#include <sstream>

namespace fliqe::inline FLIQE_ABI::model {

inline void append_names(std::string& text, const char* label,
                         const std::vector<std::string>& names) {
  if (names.empty()) return;
  text += "; " + std::string(label) + " (" + std::to_string(names.size()) + "):";
  for (const std::string& name : names) text += " " + name;
}

FLIQE_INLINE std::string WeightsCheck::message() const {
  std::string text = "weights do not fit " + spec.name + " (" + std::string(to_string(kind)) + ")";
  append_names(text, "missing", missing);
  append_names(text, "unexpected", unexpected);
  for (const WrongShape& wrong : wrong_shape) {
    text += "; " + wrong.name + ": expected shape " + weights::to_string(wrong.expected) +
            ", found " + weights::to_string(wrong.found);
  }
  return text;
}

/// Rows of a head's last matrix, one for each logit; nothing when there is no such matrix.
inline std::optional<std::int64_t> logits_of(const HeadSpec& head, const weights::TensorSet& set) {
  constexpr std::int64_t max_classes = 10'000;
  const std::string last = OperationList::of_head(head, 1).back().name;
  const weights::TensorEntry* matrix = set.find(head.prefix + last + ".weight");
  if (matrix == nullptr || matrix->shape.size() != 2) return std::nullopt;
  const std::int64_t rows = matrix->shape[0];
  return rows >= 1 && rows <= max_classes ? std::optional(rows) : std::nullopt;
}

inline std::vector<std::string> numbered(const std::string& name, std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(name + " " + std::to_string(i));
  return names;
}

/// A head of the released layout for as many logits as the weights have: those of a score, or of
/// classes that the metadata or else numbers name.
inline void adapt_head(HeadSpec& head, const weights::TensorSet& set) {
  const std::optional<std::int64_t> outputs = logits_of(head, set);
  if (!outputs || *outputs == head.outputs()) return;
  head.classes.clear();
  head.kind = HeadKind::score;
  if (*outputs == 1) return;
  head.kind = HeadKind::classes;
  head.name = "classes";
  std::istringstream lines(set.metadata(classes_key).value_or(""));
  for (std::string line; std::getline(lines, line);) head.classes.push_back(line);
  if (head.classes.size() != static_cast<std::size_t>(*outputs)) {
    head.classes = numbered("class", *outputs);
  }
}

/// Adds the head of causes that the default weights have, where the weights have it too.
inline void add_cause_head(NetworkSpec& spec, const weights::TensorSet& set) {
  HeadSpec head = built_in_cause_head();
  const std::optional<std::int64_t> outputs = logits_of(head, set);
  if (!outputs || *outputs < 2) return;
  if (*outputs != head.outputs()) head.classes = numbered("cause", *outputs);
  spec.heads.push_back(std::move(head));
}

/// The network that weights without a description are: `required`, or the built-in one whose first
/// convolution has such a shape.
/// @throws Error `weights_mismatch` when it is another one
inline NetworkSpec recognized_network(const weights::TensorEntry& stem, const std::string& file,
                                      const std::optional<NetworkSpec>& required) {
  std::optional<NetworkSpec> known;
  for (const NetworkSpec& spec : built_in_networks()) {
    if (!stem.shape.empty() && stem.shape[0] == spec.stem.channels) known = spec;
  }
  const std::string shape = "a first convolution of shape " + weights::to_string(stem.shape);
  if (required && (stem.shape.empty() || stem.shape[0] != required->stem.channels)) {
    detail::raise(
        ErrorCode::weights_mismatch,
        {file, ": expected backbone ", required->name, ", found ",
         (known ? known->name + " (FLIQE<AnyBackbone> takes every built-in backbone)" : shape)});
  }
  if (required) return *required;
  if (!known) {
    detail::raise(ErrorCode::weights_mismatch,
                  {file, ": expected a built-in network or a description of another one in the ",
                   "metadata (fliqe convert --network), found ", shape});
  }
  return *known;
}

/// The network that a weights file is said or seems to be.
/// @param required  the only one that will do, but for its heads; nothing: any
/// @throws Error `weights_mismatch` when it is another one, `corrupt_file` or `invalid_argument`
///         when the description in the metadata cannot be used
inline NetworkSpec resolve_network(const weights::TensorSet& set, const weights::TensorEntry& stem,
                                   const std::optional<NetworkSpec>& required) {
  const std::string& file = set.name();
  if (const std::optional<std::string> text = set.metadata(network_key)) {
    NetworkSpec spec = network_from_json(*text, file + ": description of the network");
    if (required && !same_encoder(*required, spec)) {
      detail::raise(ErrorCode::weights_mismatch,
                    {file, ": expected backbone ", to_json(*required), ", found ", to_json(spec)});
    }
    return spec;
  }
  NetworkSpec spec = recognized_network(stem, file, required);
  if (spec.heads.size() == 1) adapt_head(spec.heads[0], set);
  add_cause_head(spec, set);
  return spec;
}

FLIQE_INLINE WeightsCheck check_weights(const weights::TensorSet& set,
                                        const std::optional<NetworkSpec>& required) {
  WeightsCheck check;
  const weights::TensorEntry* stem = nullptr;
  for (const ModelKind kind : {ModelKind::full, ModelKind::encoder, ModelKind::trunk}) {
    stem = set.find(std::string(prefixes(kind).trunk) + "conv1.weight");
    check.kind = kind;
    if (stem != nullptr) break;
  }
  if (stem == nullptr) {
    detail::raise(ErrorCode::weights_mismatch,
                  {set.name(),
                   ": expected a tensor named iqa_encoder.encoder.conv1.weight, "
                   "encoder.conv1.weight or conv1.weight, found none among ",
                   set.tensors().size(), " tensors"});
  }
  check.spec = resolve_network(set, *stem, required);
  WeightsManifest manifest(check.spec, check.kind);
  check.calibrated = manifest.expect_scales(set);
  for (const auto& [name, shape] : manifest.tensors()) {
    const weights::TensorEntry* tensor = set.find(name);
    if (tensor == nullptr) {
      check.missing.push_back(name);
    } else if (tensor->shape != shape) {
      check.wrong_shape.push_back({name, shape, tensor->shape});
    }
  }
  const std::string fc = std::string(prefixes(check.kind).trunk) + "fc.";
  for (const weights::TensorEntry& tensor : set.tensors()) {
    if (manifest.tensors().contains(tensor.name)) continue;
    if (tensor.name.ends_with(".num_batches_tracked")) continue;
    (tensor.name.starts_with(fc) ? check.ignored : check.unexpected).push_back(tensor.name);
  }
  return check;
}

FLIQE_INLINE WeightsCheck require_weights(const weights::TensorSet& set,
                                          const std::optional<NetworkSpec>& required) {
  WeightsCheck check = check_weights(set, required);
  if (check.passed()) return check;
  detail::raise(ErrorCode::weights_mismatch, {set.name(), ": ", check.message()});
}

}  // namespace fliqe::inline FLIQE_ABI::model
