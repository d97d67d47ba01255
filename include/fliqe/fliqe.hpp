// SPDX-License-Identifier: MIT
/// @file
/// The one include for users.
///
/// @code
/// fliqe::FLIQE<> fliqe("weights/fliqe.safetensors");
/// double quality = fliqe.estimate_image_quality(fliqe::bgr(data, width, height, stride));
/// @endcode
#pragma once

#include <fliqe/distortion/augment.hpp>
#include <fliqe/distortion/simulate.hpp>
#include <fliqe/image/load.hpp>
#include <fliqe/nn/nn.hpp>
#include <fliqe/quality/fliqe.hpp>
#include <fliqe/quality/heat_map.hpp>
#include <fliqe/quality/online_fliqe.hpp>
#include <fliqe/thermal/agc.hpp>
#include <fliqe/thermal/flir.hpp>
#include <fliqe/thermal/palette.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/embedded.hpp>
