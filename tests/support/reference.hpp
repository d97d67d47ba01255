// SPDX-License-Identifier: MIT
/// @file
/// Layers as their definitions read, in double precision: slow, plain, and right.
#pragma once

#include <algorithm>
#include <cmath>
#include <fliqe/nn/nn.hpp>
#include <limits>
#include <vector>

namespace fliqe::test {

/// A value, the sum of the magnitudes that went into it, and how many these were: together they
/// bound the rounding error of any order of summation.
struct Reference {
  double value = 0;
  double magnitude = 0;
  double terms = 1;
};

using References = std::vector<Reference>;  // NHWC without gaps

inline References convolve(ConstTensorView input, const nn::Conv2dShape& shape,
                           const std::vector<float>& weight, const std::vector<float>& bias,
                           const TensorShape& output, const ConstTensorView* residual, bool relu) {
  References results;
  results.reserve(output.elements());
  const TensorShape& in = input.shape();
  for (int n = 0; n < output.n; ++n) {
    for (int oy = 0; oy < output.h; ++oy) {
      for (int ox = 0; ox < output.w; ++ox) {
        for (int oc = 0; oc < output.c; ++oc) {
          Reference sum;
          const auto add = [&sum](double term) {
            sum.value += term;
            sum.magnitude += std::abs(term);
            sum.terms += 1;
          };
          if (!bias.empty()) add(bias[static_cast<std::size_t>(oc)]);
          if (residual != nullptr) add(residual->pixel(n, oy, ox)[oc]);
          for (int ky = 0; ky < shape.kernel_height; ++ky) {
            for (int kx = 0; kx < shape.kernel_width; ++kx) {
              const int y = oy * shape.stride - shape.padding + ky;
              const int x = ox * shape.stride - shape.padding + kx;
              if (y < 0 || x < 0 || y >= in.h || x >= in.w) continue;
              const float* pixel = input.pixel(n, y, x);
              for (int ic = 0; ic < in.c; ++ic) {
                const auto index =
                    ((static_cast<std::size_t>(oc) * in.c + ic) * shape.kernel_height + ky) *
                        shape.kernel_width +
                    kx;
                add(static_cast<double>(pixel[ic]) * weight[index]);
              }
            }
          }
          if (relu) sum.value = std::max(sum.value, 0.0);
          results.push_back(sum);
        }
      }
    }
  }
  return results;
}

/// The largest error in units of its bound, sqrt(n) * u * sum of magnitudes with u = 2^-24 and a
/// constant of 2 (Higham & Mary, "A new approach to probabilistic rounding error analysis", 2019).
/// One product too many, too few or misplaced exceeds it by far.
inline double worst_error(const References& expected, ConstTensorView found) {
  const TensorShape& shape = found.shape();
  double worst = 0;
  std::size_t i = 0;
  for (int n = 0; n < shape.n; ++n) {
    for (int y = 0; y < shape.h; ++y) {
      for (int x = 0; x < shape.w; ++x) {
        for (int c = 0; c < shape.c; ++c, ++i) {
          const double error = std::abs(found.pixel(n, y, x)[c] - expected[i].value);
          const double bound =
              2 * std::sqrt(expected[i].terms) * 0x1p-24 * expected[i].magnitude + 1e-30;
          // NaN must fail, so it may not vanish in a comparison.
          worst = std::isnan(error) ? std::numeric_limits<double>::infinity()
                                    : std::max(worst, error / bound);
        }
      }
    }
  }
  return worst;
}

/// The instruction sets that this host can run.
inline std::vector<Isa> host_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : all_isas) {
    if (is_supported(isa)) isas.push_back(isa);
  }
  return isas;
}

}  // namespace fliqe::test
