// SPDX-License-Identifier: MIT
/// @file
/// The convolution micro-kernel in elements smaller than floats, whose sums are scaled and narrowed
/// when a tile is done. Included once per way of multiplying them: an `Arithmetic` as for
/// accumulate.inl that has also a `Job`, `tile_pixels`, and `store_pixel` for the end of a tile.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

template <class Arithmetic, bool Residual, int Runs, int Pixels, int Vectors>
inline void store_tile(const typename Arithmetic::Job& job, std::size_t first_lane,
                       const TilePlace<typename Arithmetic::Input, Runs>& place,
                       std::ptrdiff_t start_stride,
                       const typename Arithmetic::Sum (&sum)[Runs][Pixels][Vectors]) {
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      const auto* residual = Residual ? place.start[r] + p * start_stride : nullptr;
      Arithmetic::template store_pixel<Residual, Vectors>(
          job, first_lane, sum[r][p], residual, place.output[r] + p * job.output.pixel_stride);
    }
  }
}

template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void narrow_tile(const typename Arithmetic::Job& job, const ConvRange& range,
                        const TilePlace<typename Arithmetic::Input, Runs>& place,
                        std::ptrdiff_t start_stride, Prefetch& ahead) {
  const std::size_t first_lane = range.block * Vectors * Arithmetic::lanes;
  typename Arithmetic::Sum sum[Runs][Pixels][Vectors];
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) sum[r][p][v] = Arithmetic::none();
    }
  }
  accumulate_taps<Arithmetic>(job, range, place, ahead, sum);
  if (place.start[0] == nullptr) {
    store_tile<Arithmetic, false>(job, first_lane, place, start_stride, sum);
  } else {
    store_tile<Arithmetic, true>(job, first_lane, place, start_stride, sum);
  }
}

/// Computes `count` runs, `Runs` of them in each tile as long as that goes, the rest one by one.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void narrow_tiles(const typename Arithmetic::Job& job, const ConvRange& range,
                         RunCursor<typename Arithmetic::Job>& cursor, std::size_t count,
                         Prefetch& ahead) {
  for (; count >= Runs; count -= Runs) {
    const auto place = cursor.template next<Runs>();
    narrow_tile<Arithmetic, Runs, Pixels, Vectors>(job, range, place, cursor.start_stride(), ahead);
  }
  if constexpr (Runs > 1) {
    narrow_tiles<Arithmetic, 1, Pixels, Vectors>(job, range, cursor, count, ahead);
  }
}

/// @see NarrowTable
template <class Arithmetic, int Pixels, int Vectors>
const std::byte* narrow_convolution(const typename Arithmetic::Job& job, const ConvRange& range) {
  constexpr int runs =
      runs_in_tile(Pixels, Arithmetic::tile_pixels[static_cast<std::size_t>(Vectors - 1)]);
  Prefetch ahead(range);
  RunCursor<typename Arithmetic::Job> cursor(job, range, range.block * Vectors * Arithmetic::lanes);
  narrow_tiles<Arithmetic, runs, Pixels, Vectors>(job, range, cursor,
                                                  range.last_run - range.first_run, ahead);
  return ahead.next;
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
