// SPDX-License-Identifier: MIT
/// @file
/// Pillow's resampling of 8-bit pictures, in its 22-bit fixed point arithmetic (Pillow,
/// src/libImaging/Resample.c). Sums are exact, so that every instruction set gives the same bytes.
/// Included once per instruction set, on its own `ivec`.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

inline constexpr std::int32_t resample_half = 1 << (resample_precision_bits - 1);

/// One channel of output pixel `x`: the way for rows too short for `gather`.
inline std::uint8_t resampled(const ResampleRowArguments& arguments, int channel_byte, int x) {
  const std::uint8_t* pixel = arguments.input + arguments.first[x] + channel_byte;
  std::int32_t sum = resample_half;
  for (int t = 0; t < arguments.taps; ++t) {
    sum += pixel[t * arguments.pixel_bytes] * arguments.weights[t * arguments.weights_stride + x];
  }
  return static_cast<std::uint8_t>(std::clamp(sum >> resample_precision_bits, 0, 255));
}

/// @see ResampleRowKernel
inline void resample_row_singly(const ResampleRowArguments& arguments) {
  for (int channel = 0; channel < arguments.channels; ++channel) {
    std::uint8_t* out = arguments.output + channel * arguments.plane_stride;
    for (int x = 0; x < arguments.count; ++x)
      out[x] = resampled(arguments, arguments.channel_bytes[channel], x);
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
inline void resample_gray(const ResampleRowArguments& arguments) {
  constexpr int together = 4;
  for (int x = 0; x < arguments.count; x += ilanes) {
    const std::int32_t* first = arguments.first + x;
    ivec sum = ibroadcast(resample_half);
    for (int t = 0; t < arguments.taps; t += together) {
      // The last word ends with the last tap, so that nothing beyond the row is read.
      const int begin = std::min(t, arguments.taps - together);
      const ivec word = gather(arguments.input + begin, first);
      for (int tap = t; tap < begin + together; ++tap) {
        const ivec weight = iload(arguments.weights + tap * arguments.weights_stride + x);
        sum = iadd(sum, imul(byte_of(word, tap - begin), weight));
      }
    }
    store_bytes(arguments.output + x, sum);
  }
}

/// Three channels come with each gathered word.
inline void resample_color(const ResampleRowArguments& arguments) {
  for (int x = 0; x < arguments.count; x += ilanes) {
    const std::int32_t* first = arguments.first + x;
    ivec sum[3] = {ibroadcast(resample_half), ibroadcast(resample_half), ibroadcast(resample_half)};
    for (int t = 0; t < arguments.taps; ++t) {
      // One byte early but for the first tap: four bytes would reach past the last pixel of three.
      const int early = t == 0 ? 0 : 1;
      const ivec word = gather(arguments.input + t * arguments.pixel_bytes - early, first);
      const ivec weight = iload(arguments.weights + t * arguments.weights_stride + x);
      for (int c = 0; c < 3; ++c) {
        sum[c] = iadd(sum[c], imul(byte_of(word, arguments.channel_bytes[c] + early), weight));
      }
    }
    for (int c = 0; c < 3; ++c)
      store_bytes(arguments.output + c * arguments.plane_stride + x, sum[c]);
  }
}

/// @see ResampleRowKernel
inline void resample_row(const ResampleRowArguments& arguments) {
  if (arguments.taps < (arguments.channels == 1 ? 4 : 2)) {
    resample_row_singly(arguments);
  } else if (arguments.channels == 1) {
    resample_gray(arguments);
  } else {
    resample_color(arguments);
  }
}

/// @see ResampleColumnsKernel
inline void resample_columns(const ResampleColumnsArguments& arguments) {
  for (int x = 0; x < arguments.count; x += ilanes) {
    ivec sum = ibroadcast(resample_half);
    const std::uint8_t* in = arguments.input + x;
    for (int t = 0; t < arguments.taps; ++t) {
      sum = iadd(
          sum, imul(iload_bytes(in), ibroadcast(arguments.weights[t * arguments.weights_stride])));
      in += arguments.row_stride;
    }
    store_bytes(arguments.output + x, sum);
  }
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
