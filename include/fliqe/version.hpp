// SPDX-License-Identifier: MIT
/// @file
/// The one place where the version stands; CMake reads it from here.
#pragma once

#define FLIQE_VERSION "0.1.0"

namespace fliqe {

/// "major.minor.patch".
inline constexpr const char* version = FLIQE_VERSION;

}  // namespace fliqe
