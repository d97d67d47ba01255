// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <fliqe/model/step.hpp>
#include <fliqe/nn/conv2d.hpp>
#include <fliqe/version.hpp>
#include <memory>
#include <utility>

namespace fliqe::inline FLIQE_ABI::model {

/// Where the caller of a network writes pictures: in color, or, where the network takes grey ones
/// apart, in one channel. `is_gray`, one float, is 0 for a picture in color.
struct PicturePlaces {
  Place color, gray, is_gray;
};

/// A first convolution that reads three channels of pictures in color and one of grey ones, whose
/// filters are the sums of those of the three.
class Stem final : public Runnable {
 public:
  /// Both layers have the same output channels and window.
  struct Layers {
    std::shared_ptr<const nn::Conv2d> color, gray;
  };

  Stem(Layers layers, const PicturePlaces& pictures, const Place& output, bool relu)
      : layers_(std::move(layers)),
        color_(*layers_.color, pictures.color.layout, output.layout, {.relu = relu}),
        gray_(*layers_.gray, pictures.gray.layout, output.layout, {.relu = relu}),
        pictures_(pictures),
        output_(output) {}

  /// Each picture on its own, so that its neighbours in the batch change nothing.
  void run(std::byte* slabs, float* scratch, int batch, const Task& task) const override {
    const auto slab_bytes = static_cast<std::size_t>(output_.layout.image_stride) * sizeof(float);
    for (int image = 0; image < batch; ++image, slabs += slab_bytes) {
      const bool is_gray = *pictures_.is_gray.data<float>(slabs) != 0;
      const Place& input = is_gray ? pictures_.gray : pictures_.color;
      (is_gray ? gray_ : color_)
          .run({input.data<float>(slabs), output_.data<float>(slabs), nullptr, scratch}, 1, task);
    }
  }

  std::size_t scratch_size() const noexcept override {
    return std::max(color_.scratch_size(), gray_.scratch_size());
  }
  double cycles(int batch) const noexcept override { return color_.cycles(batch); }

 private:
  Layers layers_;  // the plans refer to them
  nn::Conv2dPlan color_, gray_;
  PicturePlaces pictures_;
  Place output_;
};

}  // namespace fliqe::inline FLIQE_ABI::model
