// SPDX-License-Identifier: MIT
/// @file
/// Independent multiply-adds and nothing else. Included once per instruction set.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

/// Runs `rounds` rounds of `fma_chains` vector multiply-adds each.
inline float fma_burst(long rounds) {
  const float factor = 0.999f, term = 0.001f;
  const vec a = broadcast(&factor), b = broadcast(&term);
  vec sum[fma_chains];
  FLIQE_UNROLL for (int i = 0; i < fma_chains; ++i) {
    const float start = static_cast<float>(i);  // equal chains would be made one
    sum[i] = broadcast(&start);
  }
  for (long round = 0; round < rounds; ++round) {
    FLIQE_UNROLL for (int i = 0; i < fma_chains; ++i) sum[i] = fma(sum[i], a, b);
  }
  for (int i = 1; i < fma_chains; ++i) sum[0] = add(sum[0], sum[i]);
  float lanes[width];
  store(lanes, sum[0]);
  return lanes[0];
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
