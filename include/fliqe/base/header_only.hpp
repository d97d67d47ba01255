// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/version.hpp>

/// By default every source that includes fliqe compiles the definitions that it uses: headers end
/// with the inclusion of theirs, `*_impl.hpp`. With FLIQE_COMPILED they come from the library
/// fliqe::compiled (src/fliqe.cpp) instead.
#if defined(FLIQE_COMPILED)
#define FLIQE_HEADER_ONLY 0
#define FLIQE_INLINE
#else
#define FLIQE_HEADER_ONLY 1
#if !defined(FLIQE_INLINE)
#define FLIQE_INLINE inline
#endif
#endif
