// SPDX-License-Identifier: MIT
#include "images/tiff.hpp"

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

namespace fliqe::tools {
namespace {

/// A limit like those in image_limits.hpp. LZW and deflate gain some 1500:1 at most; bits of a fax
/// picture more, but no camera writes these.
constexpr std::size_t tiff_pixels_per_byte = 8 * 2048;

/// A TIFF file in memory, as libtiff reads and writes it.
struct Memory {
  std::span<const std::byte> input;  ///< when reading
  std::vector<std::byte> output;     ///< when writing
  std::uint64_t position = 0;
  std::string message;

  std::span<const std::byte> bytes() const noexcept { return output.empty() ? input : output; }
};

Memory& memory(thandle_t handle) {
  return *static_cast<Memory*>(handle);
}

tmsize_t on_read(thandle_t handle, void* to, tmsize_t size) {
  Memory& file = memory(handle);
  const auto all = file.bytes();
  const auto begin = static_cast<std::size_t>(std::min<std::uint64_t>(file.position, all.size()));
  const std::size_t count = std::min(static_cast<std::size_t>(size), all.size() - begin);
  if (count > 0) std::memcpy(to, all.data() + begin, count);
  file.position = begin + count;
  return static_cast<tmsize_t>(count);
}

tmsize_t on_write(thandle_t handle, void* from, tmsize_t size) {
  Memory& file = memory(handle);
  const auto begin = static_cast<std::size_t>(file.position);  // within what was written
  const auto count = static_cast<std::size_t>(size);
  file.output.resize(std::max(file.output.size(), begin + count));
  std::memcpy(file.output.data() + begin, from, count);
  file.position += count;
  return size;
}

toff_t on_seek(thandle_t handle, toff_t offset, int from) {
  Memory& file = memory(handle);
  const std::uint64_t base = from == SEEK_CUR   ? file.position
                             : from == SEEK_END ? file.bytes().size()
                                                : 0;
  file.position = base + offset;
  return file.position;
}

int on_close(thandle_t) {
  return 0;
}

toff_t on_size(thandle_t handle) {
  return memory(handle).bytes().size();
}

int on_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  char text[256];
  std::vsnprintf(text, sizeof(text), format, arguments);
  static_cast<Memory*>(user)->message = text;
  return 1;
}

int on_warning(TIFF*, void*, const char*, const char*, va_list) {
  return 1;
}

struct Close {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};
using Tiff = std::unique_ptr<TIFF, Close>;

/// @return null when it cannot be opened; why is in `file.message`
Tiff open(Memory& file, const char* mode) {
  constexpr tmsize_t max_memory = tmsize_t{1} << 30;  // in one piece
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, &file);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, nullptr);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), max_memory);
  return Tiff(TIFFClientOpenExt("TIFF", mode, &file, on_read, on_write, on_seek, on_close, on_size,
                                nullptr, nullptr, options.get()));
}

template <class T>
T field(TIFF* tiff, std::uint32_t tag) {
  T value{};
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

bool is_gray16(TIFF* tiff) {
  return field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE) == 16 &&
         field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL) == 1 &&
         field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT) == SAMPLEFORMAT_UINT;
}

[[noreturn]] void fail(const Memory& file, const std::string& name) {
  throw Error(ErrorCode::corrupt_file, name + ": cannot decode the TIFF: " + file.message);
}

RawFrame read_gray16(TIFF* tiff, const Memory& file, const std::string& name) {
  require(is_gray16(tiff) && TIFFIsTiled(tiff) == 0, ErrorCode::unsupported_format,
          name + ": expected a TIFF of one grey channel of 16 bits in strips");
  RawFrame frame{static_cast<int>(field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH)),
                 static_cast<int>(field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH)),
                 {}};
  require(TIFFScanlineSize(tiff) == 2 * static_cast<tmsize_t>(frame.width), ErrorCode::corrupt_file,
          name + ": the TIFF's rows have an odd length");
  // Memory grows with what can be read, not with what the header claims.
  for (int y = 0; y < frame.height; ++y) {
    frame.counts.resize(frame.counts.size() + static_cast<std::size_t>(frame.width));
    std::uint16_t* row = frame.counts.data() + static_cast<std::ptrdiff_t>(y) * frame.width;
    if (TIFFReadScanline(tiff, row, static_cast<std::uint32_t>(y)) != 1) fail(file, name);
  }
  if (field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_MINISWHITE) {
    for (std::uint16_t& count : frame.counts) count = static_cast<std::uint16_t>(~count);
  }
  return frame;
}

Image read_colors(TIFF* tiff, const Memory& file, const std::string& name) {
  char why[1024] = {};
  require(TIFFRGBAImageOK(tiff, why) != 0, ErrorCode::unsupported_format,
          name + ": cannot turn the TIFF into colours: " + why);
  const auto width = field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH);
  const auto height = field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH);
  std::vector<std::uint32_t> pixels(std::size_t{width} * height);
  const int done =
      TIFFReadRGBAImageOriented(tiff, width, height, pixels.data(), ORIENTATION_TOPLEFT, 1);
  if (done != 1) fail(file, name);
  Image image{static_cast<int>(width), static_cast<int>(height), PixelFormat::rgb8, {}};
  image.pixels.reserve(3 * pixels.size());
  for (const std::uint32_t pixel : pixels) {
    for (const std::uint32_t value : {TIFFGetR(pixel), TIFFGetG(pixel), TIFFGetB(pixel)}) {
      image.pixels.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return image;
}

}  // namespace

struct TiffPages::State {
  Memory file;
  std::string name;
  std::size_t most_pixels;
  Tiff tiff;

  void require_size() const {
    require_image_size(name, field<std::uint32_t>(tiff.get(), TIFFTAG_IMAGEWIDTH),
                       field<std::uint32_t>(tiff.get(), TIFFTAG_IMAGELENGTH), file.input.size(),
                       tiff_pixels_per_byte, most_pixels);
  }
};

TiffPages::TiffPages(std::span<const std::byte> bytes, const std::string& name,
                     std::size_t most_pixels)
    : state_(std::make_unique<State>(State{{bytes, {}, 0, {}}, name, most_pixels, nullptr})) {
  state_->tiff = open(state_->file, "r");
  if (state_->tiff == nullptr) fail(state_->file, name);
  state_->require_size();
}

TiffPages::~TiffPages() = default;

bool TiffPages::next() {
  TIFF* tiff = state_->tiff.get();
  if (TIFFLastDirectory(tiff) != 0) return false;
  if (TIFFReadDirectory(tiff) != 1) fail(state_->file, state_->name);
  state_->require_size();
  return true;
}

void TiffPages::go_to(std::size_t page) {
  for (std::size_t at = 0; at < page; ++at) {
    require(next(), ErrorCode::invalid_argument,
            state_->name + ": expected a page below " + std::to_string(at + 1) + ", found " +
                std::to_string(page));
  }
}

bool TiffPages::has_counts() const {
  return is_gray16(state_->tiff.get());
}

RawFrame TiffPages::counts() const {
  return read_gray16(state_->tiff.get(), state_->file, state_->name);
}

Image TiffPages::colors() const {
  return read_colors(state_->tiff.get(), state_->file, state_->name);
}

bool is_tiff(std::span<const std::byte> bytes) noexcept {
  constexpr std::string_view headers[] = {{"II*\0", 4}, {"MM\0*", 4}, {"II+\0", 4}, {"MM\0+", 4}};
  const std::string_view text = detail::as_text(bytes);
  return std::ranges::any_of(headers, [&](auto header) { return text.starts_with(header); });
}

bool is_gray16_tiff(std::span<const std::byte> bytes) {
  Memory file{bytes, {}, 0, {}};
  const Tiff tiff = is_tiff(bytes) ? open(file, "r") : nullptr;
  return tiff != nullptr && is_gray16(tiff.get());
}

std::vector<std::byte> encode_gray16_tiff(const RawFrame& frame) {
  Memory file;
  {
    const Tiff tiff = open(file, "w");
    require(tiff != nullptr, ErrorCode::io, "cannot encode a TIFF: " + file.message);
    TIFFSetField(tiff.get(), TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(frame.width));
    TIFFSetField(tiff.get(), TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(frame.height));
    TIFFSetField(tiff.get(), TIFFTAG_BITSPERSAMPLE, 16);
    TIFFSetField(tiff.get(), TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tiff.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tiff.get(), TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
    TIFFSetField(tiff.get(), TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
    TIFFSetField(tiff.get(), TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff.get(), 0));
    std::vector<std::uint16_t> row(static_cast<std::size_t>(frame.width));
    for (int y = 0; y < frame.height; ++y) {
      std::copy_n(frame.row(y), frame.width, row.begin());  // the predictor writes over it
      require(TIFFWriteScanline(tiff.get(), row.data(), static_cast<std::uint32_t>(y)) == 1,
              ErrorCode::io, "cannot encode a TIFF: " + file.message);
    }
  }
  return std::move(file.output);
}

}  // namespace fliqe::tools
