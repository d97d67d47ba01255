// SPDX-License-Identifier: MIT
/// @file
/// What precompiled headers are made with.
