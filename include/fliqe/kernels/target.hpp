// SPDX-License-Identifier: MIT
/// @file
/// Compiler switches that let one translation unit hold code for several instruction sets.
///
/// Between FLIQE_TARGET_BEGIN(features) and FLIQE_TARGET_END every function, template instances
/// included, is compiled for `features`, whatever the command line says: users get the fast path
/// from a plain `g++ -O2`. Rules that keep this sound on both compilers:
/// standard and third-party headers are included before a region, never inside; no OpenMP pragma,
/// static vector variable or lambda stands inside; only plain pointers and structs cross the
/// border.
#pragma once

#define FLIQE_PRAGMA(text) _Pragma(#text)

#if defined(__clang__)
#define FLIQE_TARGET_BEGIN(features) \
  FLIQE_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define FLIQE_TARGET_END FLIQE_PRAGMA(clang attribute pop)
#elif defined(__GNUC__)
#define FLIQE_TARGET_BEGIN(features) \
  FLIQE_PRAGMA(GCC push_options)     \
  FLIQE_PRAGMA(GCC target(features))
#define FLIQE_TARGET_END FLIQE_PRAGMA(GCC pop_options)
#endif

/// Unrolls the following loop completely; accumulator arrays then become registers.
#define FLIQE_UNROLL FLIQE_PRAGMA(GCC unroll 32)
