// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/header_only.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <memory>
#include <span>
#include <string>

namespace fliqe::inline FLIQE_ABI::weights {

/// Bytes; longer headers are refused.
inline constexpr std::size_t max_safetensors_header = 100'000'000;

/// The tensors of a safetensors file (https://github.com/huggingface/safetensors, README "Format"),
/// in the order of their data.
///
/// Strict, as the reference implementation: the header is at most 100 MB, names are unique, sizes
/// agree with shapes, and the tensors cover the data without holes or overlap.
/// @param bytes  used in place: must outlive the result unless `owner` keeps them alive
/// @param name   of the file, for messages
/// @throws Error `unsupported_format` or `corrupt_file`, naming the file
TensorSet parse_safetensors(std::span<const std::byte> bytes, const std::string& name,
                            std::shared_ptr<const void> owner = nullptr);

/// Reads the file; the result owns its bytes. @throws Error as parse_safetensors(), or `io`
TensorSet read_safetensors(const std::string& path);

}  // namespace fliqe::inline FLIQE_ABI::weights

#if FLIQE_HEADER_ONLY
#include <fliqe/weights/safetensors_impl.hpp>
#endif
