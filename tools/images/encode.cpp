// SPDX-License-Identifier: MIT
#include "images/encode.hpp"

#include <png.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <filesystem>
#include <fliqe/base/error.hpp>

#include "images/decode_jpeg.hpp"
#include "images/jpeg_errors.hpp"
#include "io/output.hpp"

namespace fliqe::tools {
namespace {

/// All that runs between setjmp and a longjmp: nothing here has a destructor to skip.
bool write(jpeg_compress_struct& info, JpegErrors& errors, const Image& image, int quality,
           unsigned char*& file, unsigned long& size) {
  if (setjmp(errors.escape) != 0) return false;
  jpeg_mem_dest(&info, &file, &size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = channel_count(image.format);
  info.in_color_space = image.format == PixelFormat::gray8  ? JCS_GRAYSCALE
                        : image.format == PixelFormat::bgr8 ? JCS_EXT_BGR
                                                            : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<JSAMPROW>(image.view().row(static_cast<int>(info.next_scanline)));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

void on_png_error(png_structp png, png_const_charp message) {
  *static_cast<std::string*>(png_get_error_ptr(png)) = message;
  png_longjmp(png, 1);
}

void on_png_write(png_structp png, png_bytep data, std::size_t size) {
  auto& file = *static_cast<std::vector<std::byte>*>(png_get_io_ptr(png));
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  file.insert(file.end(), bytes, bytes + size);
}

/// All that runs between setjmp and a longjmp: nothing here has a destructor to skip.
bool write(png_structp png, png_infop info, const RawFrame& frame, std::vector<std::byte>& file) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_write_fn(png, &file, on_png_write, nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(frame.width),
               static_cast<png_uint_32>(frame.height), 16, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  if constexpr (std::endian::native == std::endian::little) png_set_swap(png);
  for (int y = 0; y < frame.height; ++y) {
    png_write_row(png, reinterpret_cast<png_const_bytep>(frame.row(y)));
  }
  png_write_end(png, nullptr);
  return true;
}

std::string lower_extension(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char letter) {
    return static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 'a' - 'A' : letter);
  });
  return extension;
}

}  // namespace

std::vector<std::byte> encode_jpeg(const Image& image, int quality) {
  JpegErrors errors;
  jpeg_compress_struct info{};
  info.err = &errors.base;
  jpeg_create_compress(&info);
  unsigned char* file = nullptr;
  unsigned long size = 0;
  struct Destroy {
    jpeg_compress_struct& info;
    unsigned char*& file;
    ~Destroy() {
      jpeg_destroy_compress(&info);
      std::free(file);
    }
  } const destroy{info, file};
  require(write(info, errors, image, quality, file, size), ErrorCode::unsupported_format,
          std::string("cannot encode a JPEG: ") + errors.message);
  const auto* bytes = reinterpret_cast<const std::byte*>(file);
  return {bytes, bytes + size};
}

std::vector<std::byte> encode_png(const Image& image) {
  png_image description{};
  description.version = PNG_IMAGE_VERSION;
  description.width = static_cast<png_uint_32>(image.width);
  description.height = static_cast<png_uint_32>(image.height);
  description.format = image.format == PixelFormat::gray8  ? PNG_FORMAT_GRAY
                       : image.format == PixelFormat::bgr8 ? PNG_FORMAT_BGR
                                                           : PNG_FORMAT_RGB;
  std::vector<std::byte> file(PNG_IMAGE_PNG_SIZE_MAX(description));
  png_alloc_size_t size = file.size();
  const int written = png_image_write_to_memory(&description, file.data(), &size, 0,
                                                image.pixels.data(), 0, nullptr);
  require(written != 0, ErrorCode::io, std::string("cannot encode a PNG: ") + description.message);
  file.resize(size);
  return file;
}

std::vector<std::byte> encode_gray16_png(const RawFrame& frame) {
  std::vector<std::byte> file;
  std::string message;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &message, on_png_error, nullptr);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  const bool written = info != nullptr && write(png, info, frame, file);
  png_destroy_write_struct(&png, &info);
  require(written, ErrorCode::io, "cannot encode a PNG: " + message);
  return file;
}

void write_bytes(const std::string& path, const std::vector<std::byte>& bytes) {
  write_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void write_image(const std::string& path, const Image& image) {
  const std::string extension = lower_extension(path);
  const bool is_jpeg = extension == ".jpg" || extension == ".jpeg";
  require(is_jpeg || extension == ".png", ErrorCode::unsupported_format,
          path + ": expected a name that ends in .png or .jpg, found '" + extension + "'");
  constexpr int quality = 95;
  write_bytes(path, is_jpeg ? encode_jpeg(image, quality) : encode_png(image));
}

Image through_jpeg(const Image& image, int quality) {
  Image result = decode_jpeg(encode_jpeg(image, quality), "JPEG in memory");
  if (image.format == PixelFormat::bgr8) {
    for (std::size_t i = 0; i < result.pixels.size(); i += 3) {
      std::swap(result.pixels[i], result.pixels[i + 2]);
    }
    result.format = PixelFormat::bgr8;
  }
  return result;
}

}  // namespace fliqe::tools
