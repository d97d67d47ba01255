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

/// The same for a feature of 64-bit ARM. Tiles take nearly all registers there: g++ must keep the
/// order of instructions until it has assigned them. Its assembler takes these features from
/// Armv8.2 on.
#if defined(__clang__)
#define FLIQE_ARM_TARGET_BEGIN(feature) FLIQE_TARGET_BEGIN(feature)
#define FLIQE_NEON_TARGET_BEGIN FLIQE_TARGET_BEGIN("neon")
#else
#if defined(__ARM_FEATURE_DOTPROD)
#define FLIQE_ARM_BASE_ "+"
#else
#define FLIQE_ARM_BASE_ "arch=armv8.2-a+"
#endif
#define FLIQE_UNSCHEDULED_TARGET_BEGIN_(features) \
  FLIQE_TARGET_BEGIN(features)                    \
  FLIQE_PRAGMA(GCC optimize("no-schedule-insns"))
#define FLIQE_ARM_TARGET_BEGIN(feature) FLIQE_UNSCHEDULED_TARGET_BEGIN_(FLIQE_ARM_BASE_ feature)
#define FLIQE_NEON_TARGET_BEGIN FLIQE_UNSCHEDULED_TARGET_BEGIN_("+simd")
#endif

/// Unrolls the following loop completely; accumulator arrays then become registers.
#define FLIQE_UNROLL FLIQE_PRAGMA(GCC unroll 32)

/// The namespace of the baseline kernels: it names the architecture that the including source is
/// compiled for, since their code and their vector width depend on it. A program may then join
/// sources of different -m flags: no kernel has two meanings.
#if defined(__AVX512BW__)
#define FLIQE_ARCHITECTURE_ avx512bw
#elif defined(__AVX512F__)
#define FLIQE_ARCHITECTURE_ avx512f
#elif defined(__AVX2__) && defined(__FMA__)
#define FLIQE_ARCHITECTURE_ avx2_fma
#elif defined(__AVX2__)
#define FLIQE_ARCHITECTURE_ avx2
#elif defined(__AVX__) && defined(__FMA__)
#define FLIQE_ARCHITECTURE_ avx_fma
#elif defined(__AVX__)
#define FLIQE_ARCHITECTURE_ avx
#elif defined(__SSE4_2__)
#define FLIQE_ARCHITECTURE_ sse4_2
#elif defined(__SSE4_1__)
#define FLIQE_ARCHITECTURE_ sse4_1
#elif defined(__SSSE3__)
#define FLIQE_ARCHITECTURE_ ssse3
#elif defined(__SSE3__)
#define FLIQE_ARCHITECTURE_ sse3
#elif defined(__SSE2__)
#define FLIQE_ARCHITECTURE_ sse2
#elif defined(__ARM_NEON) || defined(__ARM_NEON__)
#define FLIQE_ARCHITECTURE_ neon
#else
#define FLIQE_ARCHITECTURE_ generic
#endif
#define FLIQE_BASELINE_NAMESPACE baseline::inline FLIQE_ARCHITECTURE_
