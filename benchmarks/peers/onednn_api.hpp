// SPDX-License-Identifier: MIT
/// @file
/// What onednn_trunk.cpp uses of oneDNN and what versions 2 and 3 spell differently.
#pragma once

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <vector>

namespace fliqe::peers::onednn {

using dnnl::memory;

/// Of a convolution or of pooling.
struct Window {
  memory::dims kernel, stride, padding;
};

struct ConvolutionLayouts {
  memory::desc input, weights, bias, output;
};

using Arguments = std::unordered_map<int, memory>;

#if DNNL_VERSION_MAJOR >= 3

inline memory::dims dims_of(const memory& tensor) {
  return tensor.get_desc().get_dims();
}

inline memory::data_type type_of(const memory& tensor) {
  return tensor.get_desc().get_data_type();
}

/// `layout`, which must not be blocked, for elements of another type.
inline memory::desc with_type(const memory::desc& layout, memory::data_type type) {
  if (layout.get_data_type() == type) return layout;
  if (layout.get_inner_nblks() != 0) {
    throw dnnl::error(dnnl_unimplemented, "expected a layout without blocks");
  }
  return {layout.get_dims(), type, layout.get_strides()};
}

inline dnnl::convolution_forward::primitive_desc convolution(
    const dnnl::engine& engine, const ConvolutionLayouts& layouts, const Window& window,
    const dnnl::primitive_attr& attributes) {
  return {engine,
          dnnl::prop_kind::forward_inference,
          dnnl::algorithm::convolution_auto,
          layouts.input,
          layouts.weights,
          layouts.bias,
          layouts.output,
          window.stride,
          window.padding,
          window.padding,
          attributes};
}

inline dnnl::pooling_forward::primitive_desc pooling(const dnnl::engine& engine,
                                                     dnnl::algorithm algorithm,
                                                     const memory::desc& input,
                                                     const memory::desc& output,
                                                     const Window& window) {
  const memory::dims no_dilation{0, 0};
  return {engine,         dnnl::prop_kind::forward_inference,
          algorithm,      input,
          output,         window.stride,
          window.kernel,  no_dilation,
          window.padding, window.padding};
}

inline void append_relu(dnnl::post_ops& operations) {
  operations.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
}

/// Multiplies `argument` (the weights of a convolution, by output channel, or the source of a
/// reorder) by `factors`. @return what the primitive is to be executed with
inline Arguments scale(dnnl::primitive_attr& attributes, const dnnl::engine& engine, int argument,
                       const std::vector<float>& factors) {
  attributes.set_scales_mask(argument, factors.size() > 1 ? 1 : 0);
  const auto count = static_cast<memory::dim>(factors.size());
  memory values({{count}, memory::data_type::f32, memory::format_tag::x}, engine);
  std::ranges::copy(factors, static_cast<float*>(values.get_data_handle()));
  return {{DNNL_ARG_ATTR_SCALES | argument, values}};
}

/// Whether a convolution adds its bias before it scales.
inline constexpr bool scales_bias = false;

#else

inline memory::dims dims_of(const memory& tensor) {
  return tensor.get_desc().dims();
}

inline memory::data_type type_of(const memory& tensor) {
  return tensor.get_desc().data_type();
}

inline memory::desc with_type(memory::desc layout, memory::data_type type) {
  layout.data.data_type = memory::convert_to_c(type);
  return layout;
}

inline dnnl::convolution_forward::primitive_desc convolution(
    const dnnl::engine& engine, const ConvolutionLayouts& layouts, const Window& window,
    const dnnl::primitive_attr& attributes) {
  return {{dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_auto, layouts.input,
           layouts.weights, layouts.bias, layouts.output, window.stride, window.padding,
           window.padding},
          attributes,
          engine};
}

inline dnnl::pooling_forward::primitive_desc pooling(const dnnl::engine& engine,
                                                     dnnl::algorithm algorithm,
                                                     const memory::desc& input,
                                                     const memory::desc& output,
                                                     const Window& window) {
  return {{dnnl::prop_kind::forward_inference, algorithm, input, output, window.stride,
           window.kernel, window.padding, window.padding},
          engine};
}

inline void append_relu(dnnl::post_ops& operations) {
  operations.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
}

inline Arguments scale(dnnl::primitive_attr& attributes, const dnnl::engine&, int,
                       const std::vector<float>& factors) {
  attributes.set_output_scales(factors.size() > 1 ? 1 << 1 : 0, factors);
  return {};
}

inline constexpr bool scales_bias = true;

#endif

}  // namespace fliqe::peers::onednn
