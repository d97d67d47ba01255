// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/byte_reader.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <memory>
#include <string>

namespace fliqe::pth {

using detail::as_text;
using detail::ByteReader;
using detail::Bytes;

/// Whether the bytes begin like either of PyTorch's containers (or of one that is refused with a
/// message of its own).
bool looks_like_pth(Bytes file) noexcept;

/// Reads a state dict that torch.save wrote: the zip container (PyTorch 1.6 and later; records
/// stored or deflated, zip64) or the legacy one. Nothing in the file is executed. Wrappers such as
/// {'state_dict': ...} and prefixes such as 'module.' are taken off, which the notes of the result
/// say; entries that are no tensors are left out.
///
/// @param file   used in place: must outlive the result unless `owner` keeps it alive
/// @param name   of the file, for messages
/// @return the tensors, row-major, in the order of the file
/// @throws Error `corrupt_file` or `unsupported_format`, naming the file
weights::TensorSet parse_pth(Bytes file, const std::string& name,
                             std::shared_ptr<const void> owner = nullptr);

}  // namespace fliqe::pth
