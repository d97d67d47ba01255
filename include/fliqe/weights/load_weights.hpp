// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/version.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <memory>
#include <span>
#include <string>

namespace fliqe::inline FLIQE_ABI {

/// Reads a weights file, a PyTorch checkpoint (`.pth`) or a safetensors file; its first bytes
/// decide which. Nothing in a checkpoint is executed. Defined in the library `fliqe::pth`: link
/// errors on this name mean that it is not linked. Programs that do without it read safetensors
/// files with weights::read_safetensors().
/// @throws Error `io`, `unsupported_format` or `corrupt_file`, naming the file
weights::TensorSet load_weights(const std::string& path);

/// The same from memory.
/// @param bytes  used in place: must outlive the result unless `owner` keeps them alive
/// @param name   of the file, for messages
weights::TensorSet parse_weights(std::span<const std::byte> bytes, const std::string& name,
                                 std::shared_ptr<const void> owner = nullptr);

}  // namespace fliqe::inline FLIQE_ABI
