// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/tensor_entry.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI::weights {

/// Named tensors with string metadata: what every reader of weights makes and every network takes.
///
/// A tensor refers to memory that its `owner` keeps alive (a file, a vector), or that the caller
/// keeps alive where the owner is null. Copies of a set share that memory.
class TensorSet {
 public:
  using Metadata = std::map<std::string, std::string>;

  /// @param name  where the tensors come from, usually a path: every error message begins with it
  explicit TensorSet(std::string name) : name_(std::move(name)) {}

  /// @throws Error `corrupt_file` when two tensors have the same name
  TensorSet(std::string name, std::vector<TensorEntry> tensors, Metadata metadata = {})
      : name_(std::move(name)), metadata_(std::move(metadata)) {
    for (TensorEntry& tensor : tensors) add(std::move(tensor));
  }

  const std::string& name() const noexcept { return name_; }

  /// In the order in which they were added.
  const std::vector<TensorEntry>& tensors() const noexcept { return tensors_; }

  /// Null when there is no tensor of that name.
  const TensorEntry* find(std::string_view tensor) const {
    const auto found = index_.find(tensor);
    return found == index_.end() ? nullptr : &tensors_[found->second];
  }

  /// @throws Error `weights_mismatch` when there is no tensor of that name
  const TensorEntry& at(std::string_view tensor) const {
    const TensorEntry* found = find(tensor);
    if (found == nullptr) {
      detail::raise(ErrorCode::weights_mismatch,
                    {name_, ": expected a tensor named ", tensor, ", found none"});
    }
    return *found;
  }

  /// @throws Error `corrupt_file` when there is a tensor of that name already
  void add(TensorEntry tensor) {
    if (!index_.emplace(tensor.name, tensors_.size()).second) {
      detail::raise(ErrorCode::corrupt_file, {name_, ": tensor '", tensor.name, "' appears twice"});
    }
    tensors_.push_back(std::move(tensor));
  }

  /// Adds the tensor, or puts it in the place of the one of that name.
  void set(TensorEntry tensor) {
    const auto found = index_.find(tensor.name);
    if (found == index_.end()) return add(std::move(tensor));
    tensors_[found->second] = std::move(tensor);
  }

  const Metadata& metadata() const noexcept { return metadata_; }
  Metadata& metadata() noexcept { return metadata_; }

  /// Nothing when there is no such key.
  std::optional<std::string> metadata(const std::string& key) const {
    const auto found = metadata_.find(key);
    if (found == metadata_.end()) return std::nullopt;
    return found->second;
  }

  /// What the reader did to find the tensors ("unwrapped 'state_dict'"), to be shown to the user.
  const std::vector<std::string>& notes() const noexcept { return notes_; }
  void add_note(std::string note) { notes_.push_back(std::move(note)); }

 private:
  std::string name_;
  std::vector<TensorEntry> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;
  Metadata metadata_;
  std::vector<std::string> notes_;
};

/// A tensor that owns its elements. @param dtype  how the bytes of a `T` are to be understood
template <class T>
TensorEntry make_tensor(std::string name, DType dtype, Shape shape, std::vector<T> values) {
  const auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  return {std::move(name), dtype, std::move(shape), std::as_bytes(std::span(*owner)), owner};
}

}  // namespace fliqe::inline FLIQE_ABI::weights
