// SPDX-License-Identifier: MIT
#include "images/decode_jpeg.hpp"

#include <fliqe/image/image_limits.hpp>
#include <fliqe/image/load.hpp>

#include "images/exif_orientation.hpp"
#include "images/jpeg_errors.hpp"

namespace fliqe::tools {
namespace {

enum class Outcome { decoded, failed, other_colors };

/// All that runs between setjmp and a longjmp: nothing here has a destructor to skip.
Outcome read(jpeg_decompress_struct& info, JpegErrors& errors, std::span<const std::byte> bytes,
             const std::string& name, std::size_t most_pixels, Image& image, int& orientation) {
  if (setjmp(errors.escape) != 0) return Outcome::failed;
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_save_markers(&info, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&info, TRUE);
  if (info.num_components != 1 && info.num_components != 3) return Outcome::other_colors;
  require_image_size(name, info.image_width, info.image_height, bytes.size(), jpeg_pixels_per_byte,
                     most_pixels);
  for (auto* marker = info.marker_list; marker != nullptr && orientation == 1;
       marker = marker->next) {
    orientation =
        exif_orientation({reinterpret_cast<const std::byte*>(marker->data), marker->data_length});
  }
  const bool gray = info.num_components == 1;
  info.out_color_space = gray ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&info);
  image.width = static_cast<int>(info.output_width);
  image.height = static_cast<int>(info.output_height);
  image.format = gray ? PixelFormat::gray8 : PixelFormat::rgb8;
  const std::size_t row_bytes = static_cast<std::size_t>(info.output_width) *
                                static_cast<std::size_t>(info.output_components);
  image.pixels.resize(row_bytes * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = image.pixels.data() + row_bytes * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return Outcome::decoded;
}

}  // namespace

Image decode_jpeg(std::span<const std::byte> bytes, const std::string& name,
                  std::size_t most_pixels) {
  JpegErrors errors;
  jpeg_decompress_struct info{};
  info.err = &errors.base;
  jpeg_create_decompress(&info);
  struct Destroy {
    jpeg_decompress_struct& info;
    ~Destroy() { jpeg_destroy_decompress(&info); }
  } const destroy{info};

  Image image;
  int orientation = 1;
  switch (read(info, errors, bytes, name, most_pixels, image, orientation)) {
    case Outcome::decoded:
      return upright(std::move(image), orientation);
    case Outcome::other_colors:
      return decode_image(bytes, name, most_pixels);  // CMYK and the like
    case Outcome::failed:
      break;
  }
  throw Error(ErrorCode::corrupt_file, name + ": cannot decode the JPEG: " + errors.message);
}

}  // namespace fliqe::tools
