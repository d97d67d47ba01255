// SPDX-License-Identifier: MIT
/// @file
/// Simulated faults of cameras and their pictures, and augmentation for training.
#pragma once

#include <fliqe/distortion/augment.hpp>
#include <fliqe/distortion/blur.hpp>
#include <fliqe/distortion/color.hpp>
#include <fliqe/distortion/distortion.hpp>
#include <fliqe/distortion/simulate.hpp>
#include <fliqe/version.hpp>
