// SPDX-License-Identifier: MIT
/// @file
/// A network's description as JSON: what weights files keep in their metadata, and what users write
/// for networks of their own.
#pragma once

#include <fliqe/base/header_only.hpp>
#include <fliqe/model/network_spec.hpp>
#include <fliqe/version.hpp>
#include <string>
#include <string_view>

namespace fliqe::inline FLIQE_ABI {

/// The description as JSON; network_from_json() is the inverse.
std::string to_json(const NetworkSpec& spec);

/// @param name  of the text in messages
/// @throws Error `corrupt_file` when `text` is no description, `invalid_argument` when a number in
///         it is out of range
NetworkSpec network_from_json(std::string_view text, const std::string& name);

}  // namespace fliqe::inline FLIQE_ABI

#if FLIQE_HEADER_ONLY
#include <fliqe/model/network_json_impl.hpp>
#endif
