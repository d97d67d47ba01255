// SPDX-License-Identifier: MIT
/// @file
/// All layers, usable and measurable alone.
#pragma once

#include <fliqe/nn/activation.hpp>
#include <fliqe/nn/batch_norm.hpp>
#include <fliqe/nn/bf16_conv2d.hpp>
#include <fliqe/nn/conv2d.hpp>
#include <fliqe/nn/conv2d_plan.hpp>
#include <fliqe/nn/linear.hpp>
#include <fliqe/nn/narrow.hpp>
#include <fliqe/nn/pooling.hpp>
#include <fliqe/nn/quantized_conv2d.hpp>
#include <fliqe/nn/winograd_conv2d.hpp>
