// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <fliqe/weights/tensor_entry.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pth/pickle.hpp"

namespace fliqe::pth {

/// A tensor as a pickle describes it: a strided window into a storage.
struct TensorRecord {
  std::string name;
  weights::DType dtype = weights::DType::f32;
  std::string storage;          ///< key of the storage
  std::uint64_t storage_bytes;  ///< that the pickle says the storage has
  std::uint64_t offset = 0;     ///< elements
  weights::Shape shape;
  std::vector<std::int64_t> stride;  ///< elements
};

/// Finds the named tensors in a pickle: goes down through wrappers, strips prefixes that all names
/// share, and reports both in `notes`.
/// @throws Error `unsupported_format` when there is no state dict, `corrupt_file` on broken tensors
std::vector<TensorRecord> find_tensors(const Pickle& pickle, const std::string& file,
                                       std::vector<std::string>& notes);

/// The storage that a persistent id names. Nothing when `id` is none.
struct StorageId {
  std::string key;
  weights::DType dtype;
  std::uint64_t bytes;
};
std::optional<StorageId> storage_id(const Pickle& pickle, ValueId id);

/// Row-major bytes of a tensor: in place when it is contiguous, else gathered into `copy`.
/// @throws Error `corrupt_file` when the window reaches outside the storage
Bytes gather(const TensorRecord& tensor, Bytes storage, const std::string& file,
             std::vector<std::byte>& copy);

}  // namespace fliqe::pth
