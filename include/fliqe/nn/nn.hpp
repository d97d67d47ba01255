// SPDX-License-Identifier: MIT
/// @file
/// All layers. Each is usable alone: forward(input, output) computes it once, plan(input, output)
/// makes it ready to be run repeatedly on tensors of one layout.
#pragma once

#include <fliqe/nn/activation.hpp>
#include <fliqe/nn/batch_norm.hpp>
#include <fliqe/nn/conv2d.hpp>
#include <fliqe/nn/conv2d_plan.hpp>
#include <fliqe/nn/convert.hpp>
#include <fliqe/nn/layer_plan.hpp>
#include <fliqe/nn/linear.hpp>
#include <fliqe/nn/pooling.hpp>
#include <fliqe/nn/quantization.hpp>
#include <fliqe/nn/winograd_conv2d.hpp>
