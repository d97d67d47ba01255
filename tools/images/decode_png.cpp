// SPDX-License-Identifier: MIT
#include "images/decode_png.hpp"

#include <png.h>

#include <csetjmp>
#include <cstring>
#include <fliqe/image/image_limits.hpp>
#include <vector>

namespace fliqe::tools {
namespace {

struct Source {
  std::span<const std::byte> bytes;
  std::size_t position = 0;
  std::string message;
};

void on_error(png_structp png, png_const_charp message) {
  static_cast<Source*>(png_get_error_ptr(png))->message = message;
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep data, std::size_t size) {
  auto& source = *static_cast<Source*>(png_get_io_ptr(png));
  if (size > source.bytes.size() - source.position) png_error(png, "the file is truncated");
  std::memcpy(data, source.bytes.data() + source.position, size);
  source.position += size;
}

/// All that runs between setjmp and a longjmp: nothing here has a destructor to skip.
bool read(png_structp png, png_infop info, Source& source, const std::string& name,
          std::size_t most_pixels, Image& image, std::vector<png_bytep>& rows) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_read_fn(png, &source, on_read);
  png_read_info(png, info);
  const auto width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  require_image_size(name, width, height, source.bytes.size(), png_pixels_per_byte, most_pixels);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_packing(png);
  png_set_palette_to_rgb(png);
  png_set_expand_gray_1_2_4_to_8(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const bool gray = png_get_channels(png, info) == 1;
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.format = gray ? PixelFormat::gray8 : PixelFormat::rgb8;
  const std::size_t row_bytes = png_get_rowbytes(png, info);
  image.pixels.resize(row_bytes * height);
  rows.resize(height);
  for (std::size_t y = 0; y < height; ++y) rows[y] = image.pixels.data() + y * row_bytes;
  png_read_image(png, rows.data());
  png_read_end(png, nullptr);
  return true;
}

}  // namespace

Image decode_png(std::span<const std::byte> bytes, const std::string& name,
                 std::size_t most_pixels) {
  Source source{bytes, 0, {}};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, on_error, on_warning);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  if (info == nullptr) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    throw std::bad_alloc();
  }
  struct Destroy {
    png_structp png;
    png_infop info;
    ~Destroy() { png_destroy_read_struct(&png, &info, nullptr); }
  } const destroy{png, info};

  Image image;
  std::vector<png_bytep> rows;
  require(read(png, info, source, name, most_pixels, image, rows), ErrorCode::corrupt_file,
          name + ": cannot decode the PNG: " + source.message);
  return image;
}

}  // namespace fliqe::tools
