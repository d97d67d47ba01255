// SPDX-License-Identifier: MIT
/// @file
/// Metrics of scores and classes, sharpness measures, t-SNE. Needs Eigen.
#pragma once

#include <fliqe/eval/class_metrics.hpp>
#include <fliqe/eval/metrics.hpp>
#include <fliqe/eval/platt.hpp>
#include <fliqe/eval/quad_tree.hpp>
#include <fliqe/eval/sharpness.hpp>
#include <fliqe/eval/tsne.hpp>
#include <fliqe/version.hpp>
