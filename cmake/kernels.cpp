// SPDX-License-Identifier: MIT
/// @file
/// All kernels, compiled once: the library fliqe::kernels, for who includes fliqe in many sources.
#define FLIQE_KERNELS_INLINE
#include <fliqe/kernels/narrow_table.hpp>
