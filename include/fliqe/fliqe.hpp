// SPDX-License-Identifier: MIT
/// @file
/// Pictures in, scores out: what most users need. Camera formats, distortions, training, metrics
/// and layers are in <fliqe/thermal.hpp>, <fliqe/distortion.hpp>, <fliqe/train.hpp>,
/// <fliqe/eval.hpp> and <fliqe/nn/nn.hpp>.
///
/// @code
/// fliqe::FLIQE<> fliqe("weights/fliqe.safetensors");
/// double quality = fliqe.estimate_image_quality(fliqe::bgr(data, width, height, stride));
/// @endcode
#pragma once

#include <fliqe/image/load.hpp>
#include <fliqe/quality/fliqe.hpp>
#include <fliqe/quality/heat_map.hpp>
#include <fliqe/quality/online_fliqe.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/embedded.hpp>
