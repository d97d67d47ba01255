// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/thermal/dji.hpp>
#include <fliqe/thermal/flir.hpp>
#include <fliqe/thermal/hikmicro.hpp>
#include <fliqe/thermal/ijpeg.hpp>
#include <fliqe/thermal/irg.hpp>
#include <fliqe/thermal/jpeg_segments.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <fliqe/thermal/thermal_frame.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <span>
#include <string>

namespace fliqe::inline FLIQE_ABI {

/// What a file may leave open.
struct ThermalReading {
  ByteOrder order{};                ///< of the bytes in a count; nothing: the format's
  std::size_t frame = 0;            ///< of a SEQ or CSQ file
  std::optional<FrameSize> size{};  ///< of counts whose size the file does not tell
  JpegLsDecoder jpeg_ls = nullptr;  ///< for CSQ files, which are refused without it
};

/// Reads the counts of a camera's file, whose contents decide about its format: radiometric JPEG,
/// FFF, SEQ and CSQ (FLIR), R-JPEG (DJI), IJPEG and IRG (InfiRay), JPEG with an HDRI block
/// (Hikmicro).
/// @param name  stands for the file in messages
/// @throws Error `unsupported_format` when it is of none of these or holds no counts,
///         `corrupt_file`, `invalid_argument` when there are fewer frames
inline ThermalFrame decode_thermal(std::span<const std::byte> bytes, const std::string& name,
                                   const ThermalReading& reading = {}) {
  const auto flir = [&] {
    return decode_flir(bytes, name, reading.order, reading.frame, reading.jpeg_ls);
  };
  if (is_irg(bytes)) return decode_irg(bytes, name, reading.order);
  if (!detail::is_jpeg(bytes)) return flir();
  const detail::JpegSegments segments(bytes);
  if (detail::has_flir_segments(segments)) return flir();
  if (detail::IjpegFile::has_header(segments)) {
    return detail::IjpegFile(segments, name).frame(reading.order);
  }
  if (detail::DjiFile::is_maker(segments)) {
    return detail::DjiFile(segments, name).frame(reading.order, reading.size);
  }
  if (auto block = detail::HikmicroBlock::find(bytes, name)) {
    return block->frame(reading.order, segments);
  }
  detail::raise(ErrorCode::unsupported_format,
                {name,
                 ": not radiometric: expected a JPEG with the counts of a FLIR, InfiRay, "
                 "DJI or Hikmicro camera, found none"});
}

}  // namespace fliqe::inline FLIQE_ABI
