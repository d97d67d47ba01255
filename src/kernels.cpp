// SPDX-License-Identifier: MIT
/// @file
/// All kernels and what builds a network of them, compiled once: the library fliqe::kernels, for
/// who includes fliqe in many sources.
#define FLIQE_INLINE
#include <fliqe/kernels/narrow_table.hpp>
#include <fliqe/model/network_builder.hpp>
