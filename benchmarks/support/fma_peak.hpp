// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fliqe/base/parallel.hpp>
#include <fliqe/kernels/baseline.hpp>
#include <fliqe/kernels/dispatch.hpp>
#if FLIQE_X86_64
#include <fliqe/kernels/avx2.hpp>
#include <fliqe/kernels/avx512.hpp>
#endif
#if FLIQE_HAS_NEON
#include <fliqe/kernels/neon.hpp>
#endif

namespace fliqe::inline FLIQE_ABI::kernels {
inline constexpr int fma_chains = 12;  // covers the latency and leaves registers on every host
}

#define FLIQE_KERNEL_NAMESPACE baseline
#include "fma_burst.inl"
#undef FLIQE_KERNEL_NAMESPACE
#if FLIQE_X86_64
FLIQE_TARGET_BEGIN("avx2,fma")
#define FLIQE_KERNEL_NAMESPACE avx2
#include "fma_burst.inl"
#undef FLIQE_KERNEL_NAMESPACE
FLIQE_TARGET_END
FLIQE_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#define FLIQE_KERNEL_NAMESPACE avx512
#include "fma_burst.inl"
#undef FLIQE_KERNEL_NAMESPACE
FLIQE_TARGET_END
#endif
#if FLIQE_HAS_NEON
FLIQE_NEON_TARGET_BEGIN
#define FLIQE_KERNEL_NAMESPACE neon
#include "fma_burst.inl"
#undef FLIQE_KERNEL_NAMESPACE
FLIQE_TARGET_END
#endif

namespace fliqe::benchmarks {

/// With the vectors on which `isa` computes floats.
inline float fma_burst(Isa isa, long rounds) {
  const Isa floats =
      kernels::variants<kernels::F32>()[kernels::fastest_variant<kernels::F32>(isa)].isa;
#if FLIQE_X86_64
  if (floats == Isa::avx512) return kernels::avx512::fma_burst(rounds);
  if (floats == Isa::avx2) return kernels::avx2::fma_burst(rounds);
#endif
#if FLIQE_HAS_NEON
  if (floats == Isa::neon) return kernels::neon::fma_burst(rounds);
#endif
  static_cast<void>(floats);
  return kernels::baseline::fma_burst(rounds);
}

/// Operations a second that the host's multiply-add units do just now, `threads` at a time: what a
/// layer's speed is a share of. Takes a few milliseconds.
inline double fma_peak(Isa isa, int threads) {
  using Clock = std::chrono::steady_clock;
  constexpr long rounds = 200'000;
  std::atomic<float> kept{0};
  double seconds = 1;
  for (int attempt = 0; attempt < 8; ++attempt) {  // the best: others may share the processor
    const auto start = Clock::now();
    parallel(threads, [&](const Team&) { kept = fma_burst(isa, rounds); });
    seconds = std::min(seconds, std::chrono::duration<double>(Clock::now() - start).count());
  }
  const double operations = 2.0 * kernels::fma_chains *
                            kernels::vector_kernels_for(isa).vector_width *
                            static_cast<double>(rounds) * threads;
  return operations / seconds;
}

}  // namespace fliqe::benchmarks
