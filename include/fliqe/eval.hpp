// SPDX-License-Identifier: MIT
/// @file
/// Metrics of scores and classes, agreement with opinion scores, sharpness measures, t-SNE. Needs
/// Eigen.
#pragma once

#include <fliqe/eval/bootstrap.hpp>
#include <fliqe/eval/class_metrics.hpp>
#include <fliqe/eval/correlation.hpp>
#include <fliqe/eval/logistic_mapping.hpp>
#include <fliqe/eval/metrics.hpp>
#include <fliqe/eval/opinion_agreement.hpp>
#include <fliqe/eval/platt.hpp>
#include <fliqe/eval/quad_tree.hpp>
#include <fliqe/eval/sharpness.hpp>
#include <fliqe/eval/tsne.hpp>
#include <fliqe/version.hpp>
