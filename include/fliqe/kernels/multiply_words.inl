// SPDX-License-Identifier: MIT
/// @file
/// The inner loop where an input comes from memory into all lanes: of each word of depth all
/// vectors of weights are in registers, and each pixel is multiplied by them. An `Arithmetic` has
/// load_weights, load_inputs and multiply_add.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

/// One word of depth: each pixel by all vectors of weights.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void multiply_add(const TapInputs<Arithmetic, Runs, Pixels>& tap, std::ptrdiff_t index,
                         const WeightOf<Arithmetic>* weights,
                         TileSumsOf<Arithmetic, Runs, Pixels, Vectors>& sum) {
  constexpr int word = Arithmetic::weight_word;
  typename Arithmetic::Weights w[Vectors];
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
    w[v] = Arithmetic::load_weights(weights + (index * Vectors + v) * Arithmetic::lanes * word);
  }
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      const auto x = Arithmetic::load_inputs(tap.pixel(r, p) + index * word);
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
        sum[r][p][v] = Arithmetic::multiply_add(x, w[v], sum[r][p][v]);
      }
    }
  }
}

/// Adds `words` words of one tap to the tile, at least one.
/// The loop takes two words and can end after the first: a copy of its body for an odd word would
/// lengthen every kernel.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void accumulate_words(TapInputs<Arithmetic, Runs, Pixels> tap, int words,
                             const WeightOf<Arithmetic>* weights, Prefetch& prefetch,
                             TileSumsOf<Arithmetic, Runs, Pixels, Vectors>& sum) {
  constexpr int word = Arithmetic::weight_word;
  const std::byte* line = prefetch.next;
  for (;; words -= 2) {
    __builtin_prefetch(line, 0, 2);
    line += Prefetch::line;
    multiply_add<Arithmetic, Runs, Pixels, Vectors>(tap, 0, weights, sum);
    if (words == 1) break;
    multiply_add<Arithmetic, Runs, Pixels, Vectors>(tap, 1, weights, sum);
    if (words == 2) break;
    tap.advance(2 * word);
    weights += 2 * word * Vectors * Arithmetic::lanes;
  }
  prefetch.next = std::min(line, prefetch.end);
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
