// SPDX-License-Identifier: MIT
/// @file
/// Pillow's resampling of 8-bit pictures, in its 22-bit fixed point arithmetic (Pillow,
/// src/libImaging/Resample.c). Sums are exact, so that every instruction set gives the same bytes.
/// Included once per instruction set, on its own `ivec`.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

inline constexpr std::int32_t resample_half = 1 << (resample_precision_bits - 1);

/// One channel of output pixel `x`: the way for rows too short for `gather`.
inline std::uint8_t resampled(const ResampleRow& job, int channel_byte, int x) {
  const std::uint8_t* pixel = job.input + job.first[x] + channel_byte;
  std::int32_t sum = resample_half;
  for (int t = 0; t < job.taps; ++t) {
    sum += pixel[t * job.pixel_bytes] * job.weights[t * job.weights_stride + x];
  }
  return static_cast<std::uint8_t>(std::clamp(sum >> resample_precision_bits, 0, 255));
}

/// @see ResampleRowKernel
inline void resample_row_singly(const ResampleRow& job) {
  for (int channel = 0; channel < job.channels; ++channel) {
    std::uint8_t* out = job.output + channel * job.plane_stride;
    for (int x = 0; x < job.count; ++x) out[x] = resampled(job, job.channel_bytes[channel], x);
  }
}

/// Four bytes from each offset, one by one: the gather instruction is slow where it is guarded
/// against data sampling.
inline ivec gather(const std::uint8_t* p, const std::int32_t* offsets) {
  std::int32_t words[ilanes];
  for (int i = 0; i < ilanes; ++i) std::memcpy(&words[i], p + offsets[i], sizeof(words[i]));
  return iload(words);
}

/// Four taps come with each gathered word.
inline void resample_gray(const ResampleRow& job) {
  constexpr int together = 4;
  for (int x = 0; x < job.count; x += ilanes) {
    const std::int32_t* first = job.first + x;
    ivec sum = ibroadcast(resample_half);
    for (int t = 0; t < job.taps; t += together) {
      // The last word ends with the last tap, so that nothing beyond the row is read.
      const int begin = std::min(t, job.taps - together);
      const ivec word = gather(job.input + begin, first);
      for (int tap = t; tap < begin + together; ++tap) {
        const ivec weight = iload(job.weights + tap * job.weights_stride + x);
        sum = iadd(sum, imul(byte_of(word, tap - begin), weight));
      }
    }
    store_bytes(job.output + x, sum);
  }
}

/// Three channels come with each gathered word.
inline void resample_color(const ResampleRow& job) {
  for (int x = 0; x < job.count; x += ilanes) {
    const std::int32_t* first = job.first + x;
    ivec sum[3] = {ibroadcast(resample_half), ibroadcast(resample_half), ibroadcast(resample_half)};
    for (int t = 0; t < job.taps; ++t) {
      // One byte early but for the first tap: four bytes would reach past the last pixel of three.
      const int early = t == 0 ? 0 : 1;
      const ivec word = gather(job.input + t * job.pixel_bytes - early, first);
      const ivec weight = iload(job.weights + t * job.weights_stride + x);
      for (int c = 0; c < 3; ++c) {
        sum[c] = iadd(sum[c], imul(byte_of(word, job.channel_bytes[c] + early), weight));
      }
    }
    for (int c = 0; c < 3; ++c) store_bytes(job.output + c * job.plane_stride + x, sum[c]);
  }
}

/// @see ResampleRowKernel
inline void resample_row(const ResampleRow& job) {
  if (job.taps < (job.channels == 1 ? 4 : 2)) {
    resample_row_singly(job);
  } else if (job.channels == 1) {
    resample_gray(job);
  } else {
    resample_color(job);
  }
}

/// @see ResampleColumnsKernel
inline void resample_columns(const ResampleColumns& job) {
  for (int x = 0; x < job.count; x += ilanes) {
    ivec sum = ibroadcast(resample_half);
    const std::uint8_t* in = job.input + x;
    for (int t = 0; t < job.taps; ++t) {
      sum = iadd(sum, imul(iload_bytes(in), ibroadcast(job.weights[t * job.weights_stride])));
      in += job.row_stride;
    }
    store_bytes(job.output + x, sum);
  }
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
