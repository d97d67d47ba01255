// SPDX-License-Identifier: MIT
#include "images/jpeg_ls.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fliqe/base/error.hpp>
#include <fliqe/image/image_limits.hpp>
#include <fliqe/thermal/jpeg_segments.hpp>
#include <new>
#include <vector>

#include "images/libav.hpp"

namespace fliqe::tools {
namespace {

using detail::Bytes;

struct FrameHeader {
  int bits, width, height, channels;
};

[[noreturn]] void fail(const std::string& name, const std::string& reason) {
  throw Error(ErrorCode::corrupt_file, name + ": cannot decode the JPEG-LS: " + reason);
}

/// The parts of a picture of one scan (ITU-T T.87, Annex C).
struct Parts {
  Bytes frame_header;
  std::vector<Bytes> parameters;  ///< of LSE segments
  Bytes scan;                     ///< from its marker to the end of the image
};

constexpr std::uint16_t start_of_frame = 0xfff7, preset_parameters = 0xfff8;

/// From the marker of a scan to that of the image's end. After 0xff the scan's own bytes have a 0
/// in the highest bit.
Bytes scan_at(Bytes bytes, const std::string& name) {
  constexpr std::size_t header_size = 10;  // with one channel
  const auto text = detail::as_text(bytes);
  if (!text.starts_with(std::string_view("\xff\xda\x00\x08\x01", 5))) {
    fail(name, "expected a scan of one channel");
  }
  std::size_t marker = text.find('\xff', header_size);
  while (marker != text.npos && marker + 1 < text.size()) {
    const auto next = static_cast<unsigned char>(text[marker + 1]);
    if (next == 0xd9) return bytes.first(marker + 2);
    if (next >= 0x80) break;
    marker = text.find('\xff', marker + 1);
  }
  fail(name, "expected the end of the image after its scan, found none");
}

Parts parts_of(Bytes bytes, const std::string& name) {
  Parts parts;
  std::size_t place = 2;
  for (const auto& segment : detail::JpegSegments(bytes)) {
    place += 4 + segment.contents.size();
    if (segment.marker == start_of_frame) parts.frame_header = segment.contents;
    if (segment.marker == preset_parameters) parts.parameters.push_back(segment.contents);
  }
  if (parts.frame_header.size() < 6) fail(name, "expected a frame header, found none");
  parts.scan = bytes.subspan(std::min(place, bytes.size()));
  return parts;
}

FrameHeader read_frame_header(Bytes contents, const std::string& name) {
  detail::ByteReader reader(contents, name);
  FrameHeader header{};
  header.bits = reader.number<std::uint8_t>();
  header.height = reader.number<std::uint16_t>(std::endian::big);
  header.width = reader.number<std::uint16_t>(std::endian::big);
  header.channels = reader.number<std::uint8_t>();
  return header;
}

void check(const FrameHeader& header, std::size_t size, const std::string& name,
           std::size_t most_pixels) {
  require(header.channels == 1 && header.bits > 8 && header.bits <= 16,
          ErrorCode::unsupported_format,
          {name, ": expected JPEG-LS of one channel of 9 to 16 bits, found ", header.channels,
           " of ", header.bits});
  require_image_size(name, static_cast<std::size_t>(header.width),
                     static_cast<std::size_t>(header.height), most_pixels);
  const auto least = static_cast<std::size_t>(header.height) / 8;  // a row takes a bit at least
  require(
      size >= least, ErrorCode::corrupt_file,
      {name, ": expected at least ", least, " bytes for ", header.height, " rows, found ", size});
}

/// FFmpeg does not tell when a scan ends early: the last pixels are then still these.
constexpr std::array<std::uint16_t, 4> unwritten{0xa5c3, 0x1e87, 0x5b29, 0xd64f};

std::span<std::uint16_t> last_pixels(const AVFrame& frame) {
  auto* row = reinterpret_cast<std::uint16_t*>(frame.data[0] + std::ptrdiff_t{frame.height - 1} *
                                                                   frame.linesize[0]);
  const auto count = std::min(unwritten.size(), static_cast<std::size_t>(frame.width));
  return {row + (static_cast<std::size_t>(frame.width) - count), count};
}

bool is_unwritten(std::span<const std::uint16_t> pixels) {
  return std::ranges::equal(pixels, std::span(unwritten).first(pixels.size()));
}

int get_marked_buffer(AVCodecContext* decoder, AVFrame* frame, int flags) {
  const int result = avcodec_default_get_buffer2(decoder, frame, flags);
  if (result >= 0 && frame->format == AV_PIX_FMT_GRAY16) {
    const std::span<std::uint16_t> pixels = last_pixels(*frame);
    std::copy_n(unwritten.begin(), pixels.size(), pixels.begin());
  }
  return result;
}

Owned<AVCodecContext> open_decoder(const std::string& name, std::size_t most_pixels) {
  av_log_set_level(AV_LOG_QUIET);  // errors are reported as exceptions
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_JPEGLS);
  require(codec != nullptr, ErrorCode::no_such_capability,
          name + ": FFmpeg's libraries have no decoder for JPEG-LS");
  Owned<AVCodecContext> decoder(avcodec_alloc_context3(codec));
  if (!decoder) throw std::bad_alloc();
  decoder->thread_count = 1;
  decoder->max_pixels = static_cast<std::int64_t>(most_pixels);
  decoder->err_recognition = AV_EF_EXPLODE;
  decoder->get_buffer2 = get_marked_buffer;
  const int opened = avcodec_open2(decoder.get(), codec, nullptr);
  if (opened < 0) fail(name, libav_reason(opened));
  return decoder;
}

void append(std::vector<std::byte>& to, std::uint16_t marker, Bytes contents) {
  const auto size = static_cast<std::uint16_t>(contents.size() + 2);
  for (const std::uint16_t number : {marker, size}) {
    to.push_back(static_cast<std::byte>(number >> 8));
    to.push_back(static_cast<std::byte>(number & 0xff));
  }
  to.insert(to.end(), contents.begin(), contents.end());
}

/// The picture with nothing but what it takes, of the sizes that the standard says: else a file
/// could keep FFmpeg's lenient parser busy for long.
std::vector<std::byte> minimal_picture(const Parts& parts, const std::string& name) {
  constexpr std::size_t frame_header_size = 9, parameters_size = 11;
  if (parts.frame_header.size() != frame_header_size) {
    fail(name, "expected a frame header of 9 bytes for one channel, found " +
                   std::to_string(parts.frame_header.size()));
  }
  std::vector<std::byte> picture{std::byte{0xff}, std::byte{0xd8}};
  append(picture, start_of_frame, parts.frame_header);
  for (const Bytes each : parts.parameters) {
    if (each.size() != parameters_size) fail(name, "expected no tables of colours");
    append(picture, preset_parameters, each);
  }
  const Bytes scan = scan_at(parts.scan, name);
  picture.insert(picture.end(), scan.begin(), scan.end());
  return picture;
}

Owned<AVPacket> packet_of(Bytes bytes, const std::string& name) {
  Owned<AVPacket> packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  const int made = av_new_packet(packet.get(), static_cast<int>(bytes.size()));
  if (made < 0) fail(name, libav_reason(made));
  std::memcpy(packet->data, bytes.data(), bytes.size());
  return packet;
}

Owned<AVFrame> decode(AVCodecContext& decoder, const AVPacket& packet, const std::string& name) {
  Owned<AVFrame> frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  int result = avcodec_send_packet(&decoder, &packet);
  if (result >= 0) result = avcodec_receive_frame(&decoder, frame.get());
  if (result < 0) fail(name, libav_reason(result));
  return frame;
}

/// FFmpeg gives levels of 16 bits: counts of fewer stand at their upper end.
RawFrame counts_of(const AVFrame& frame, const FrameHeader& header, const std::string& name) {
  if (frame.format != AV_PIX_FMT_GRAY16 || frame.width != header.width ||
      frame.height != header.height) {
    fail(name, "expected the picture of its frame header, found another");
  }
  if (is_unwritten(last_pixels(frame))) fail(name, "expected more rows, found the scan's end");
  RawFrame raw{header.width, header.height, {}};
  raw.counts.reserve(static_cast<std::size_t>(header.width) *
                     static_cast<std::size_t>(header.height));
  for (int y = 0; y < header.height; ++y) {
    const std::uint8_t* bytes = frame.data[0] + std::ptrdiff_t{y} * frame.linesize[0];
    const auto* row = reinterpret_cast<const std::uint16_t*>(bytes);
    for (int x = 0; x < header.width; ++x) {
      raw.counts.push_back(static_cast<std::uint16_t>(row[x] >> (16 - header.bits)));
    }
  }
  return raw;
}

}  // namespace

RawFrame decode_jpeg_ls(std::span<const std::byte> bytes, const std::string& name,
                        std::size_t most_pixels) {
  const Parts parts = parts_of(bytes, name);
  const FrameHeader header = read_frame_header(parts.frame_header, name);
  check(header, bytes.size(), name, most_pixels);
  const Owned<AVPacket> packet = packet_of(minimal_picture(parts, name), name);
  const Owned<AVCodecContext> decoder = open_decoder(name, most_pixels);
  return counts_of(*decode(*decoder, *packet, name), header, name);
}

}  // namespace fliqe::tools
