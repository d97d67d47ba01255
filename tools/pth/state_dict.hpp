// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/byte_reader.hpp>
#include <fliqe/weights/tensor_entry.hpp>
#include <string>
#include <vector>

namespace fliqe::pth {

using detail::as_text;
using detail::ByteReader;
using detail::Bytes;

/// The tensors of a PyTorch checkpoint, row-major, in the order of the file.
struct StateDict {
  std::vector<weights::TensorEntry> tensors;
  /// What was done to get at them ("unwrapped 'state_dict'", "stripped 'module.'"), for the user.
  std::vector<std::string> notes;
  /// Memory of tensors that could not be used in place.
  std::vector<std::vector<std::byte>> storage;
};

/// Whether the bytes begin like either of PyTorch's containers (or of one that is refused with a
/// message of its own).
bool looks_like_pth(Bytes file) noexcept;

/// Reads a state dict that torch.save wrote: the zip container (PyTorch 1.6 and later; records
/// stored or deflated, zip64) or the legacy one. Nothing in the file is executed. Wrappers such as
/// {'state_dict': ...} and prefixes such as 'module.' are taken off; entries that are no tensors
/// are left out.
///
/// Refers to `file`, which must outlive the result.
/// @throws Error `corrupt_file` or `unsupported_format`, naming the file
StateDict read_pth(Bytes file, const std::string& name);

}  // namespace fliqe::pth
