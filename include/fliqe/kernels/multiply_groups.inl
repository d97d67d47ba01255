// SPDX-License-Identifier: MIT
/// @file
/// The inner loop where instructions take an input by its place in a vector, or multiply matrices
/// of several pixels: the inputs of all pixels are in registers, and each vector of weights is
/// multiplied by them. An `Arithmetic` has
///
///   weight_word                     elements of depth that lie together in the packed weights
///   input_words, load_inputs        words that one load of inputs brings
///   load_vectors, load_next_weights
///                                   of so many vectors, stepping the pointer past them
///   group_pixels, sum_of_pixel      pixels whose sums share registers, as a PartialSum
///   multiply_add<Word>              one word of a group by one vector

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

/// The inputs of `Words` words, each vector of weights by all pixels; from word `Word` on.
template <class Arithmetic, int Words, int Word, int Runs, int Groups, int Vectors>
[[gnu::always_inline]] inline void multiply_add_words(
    const typename Arithmetic::Inputs (&x)[Runs][Groups], const WeightOf<Arithmetic>*& weights,
    typename Arithmetic::PartialSum (&sum)[Runs][Groups][Vectors]) {
  constexpr int together = std::min(Arithmetic::load_vectors, Vectors);
  FLIQE_UNROLL for (int first = 0; first < Vectors; first += together) {
    typename Arithmetic::Weights w[together];
    Arithmetic::load_next_weights(weights, w);
    FLIQE_UNROLL for (int v = 0; v < together; ++v) {
      FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
        FLIQE_UNROLL for (int g = 0; g < Groups; ++g) {
          sum[r][g][first + v] =
              Arithmetic::template multiply_add<Word>(x[r][g], w[v], sum[r][g][first + v]);
        }
      }
    }
  }
  if constexpr (Word + 1 < Words) {
    multiply_add_words<Arithmetic, Words, Word + 1>(x, weights, sum);
  }
}

/// `Words` words of depth, of which one load for each pixel brings the inputs. Steps past them.
template <class Arithmetic, int Words, int Runs, int Pixels, int Vectors>
[[gnu::always_inline]] inline void multiply_add_group(
    TapInputs<Arithmetic, Runs, Pixels>& tap, const WeightOf<Arithmetic>*& weights,
    TileSumsOf<Arithmetic, Runs, Pixels, Vectors>& sum) {
  constexpr int groups = groups_in<Arithmetic>(Pixels), last = Pixels - 1;
  typename Arithmetic::Inputs x[Runs][groups];
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int g = 0; g < groups; ++g) {
      const int first = g * Arithmetic::group_pixels;
      if constexpr (Arithmetic::group_pixels == 1) {
        x[r][g] = Arithmetic::template load_inputs<Words>(tap.pixel(r, first));
      } else {
        x[r][g] = Arithmetic::template load_inputs<Words>(
            tap.pixel(r, first), tap.pixel(r, first < last ? first + 1 : last));
      }
    }
  }
  multiply_add_words<Arithmetic, Words, 0>(x, weights, sum);
  tap.advance(Words * Arithmetic::weight_word);
}

/// Adds `words` words of one tap to the tile.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
[[gnu::always_inline]] inline void accumulate_groups(
    TapInputs<Arithmetic, Runs, Pixels> tap, int words, const WeightOf<Arithmetic>* weights,
    Prefetch& prefetch, TileSumsOf<Arithmetic, Runs, Pixels, Vectors>& sum) {
  constexpr int group = Arithmetic::input_words;
  const std::byte* line = prefetch.next;
  for (; words >= group; words -= group) {
    __builtin_prefetch(line, 0, 2);
    line += Prefetch::line;
    multiply_add_group<Arithmetic, group, Runs, Pixels, Vectors>(tap, weights, sum);
  }
  for (; words > 0; --words) {
    multiply_add_group<Arithmetic, 1, Runs, Pixels, Vectors>(tap, weights, sum);
  }
  prefetch.next = std::min(line, prefetch.end);
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
