// SPDX-License-Identifier: MIT
/// @file
/// Training of heads and projection heads on the CPU. Needs Eigen.
#pragma once

#include <fliqe/train/adam.hpp>
#include <fliqe/train/layers.hpp>
#include <fliqe/train/losses.hpp>
#include <fliqe/train/network.hpp>
#include <fliqe/train/trainer.hpp>
#include <fliqe/version.hpp>
