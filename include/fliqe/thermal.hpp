// SPDX-License-Identifier: MIT
/// @file
/// Raw thermal input: camera files, counts and temperatures, AGC, palettes.
#pragma once

#include <fliqe/thermal/agc.hpp>
#include <fliqe/thermal/clahe.hpp>
#include <fliqe/thermal/decode_thermal.hpp>
#include <fliqe/thermal/dji.hpp>
#include <fliqe/thermal/flir.hpp>
#include <fliqe/thermal/hikmicro.hpp>
#include <fliqe/thermal/ijpeg.hpp>
#include <fliqe/thermal/irg.hpp>
#include <fliqe/thermal/palette.hpp>
#include <fliqe/thermal/radiometry.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <fliqe/thermal/thermal_frame.hpp>
#include <fliqe/version.hpp>
