// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/version.h>

#define FLIQE_ABI_OF_(major, minor) v##major##_##minor
#define FLIQE_EXPANDED_ABI_OF_(major, minor) FLIQE_ABI_OF_(major, minor)

/// The inline namespace of everything in fliqe. Objects compiled with different minor versions then
/// never share its functions; passing a fliqe type between them fails to link.
#define FLIQE_ABI FLIQE_EXPANDED_ABI_OF_(FLIQE_VERSION_MAJOR, FLIQE_VERSION_MINOR)

namespace fliqe::inline FLIQE_ABI {

/// "major.minor.patch".
inline constexpr const char* version = FLIQE_VERSION;

}  // namespace fliqe::inline FLIQE_ABI
