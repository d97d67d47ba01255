// SPDX-License-Identifier: MIT
// The Python module "fliqe": the classes of the Python project FLIQE with its arguments, computed
// here. It behaves as the original does where that differs from the C++ library: sessions that do
// not exist have quality 0, and so have those without frames.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <fliqe/fliqe.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "weights/open_weights.hpp"

namespace py = pybind11;
using namespace fliqe;
using namespace fliqe::tools;

namespace {

using Online = OnlineFLIQE<AnyBackbone, AnyPrecision>;
/// Any array of bytes; others are refused rather than rounded.
using Pixels = py::array;

struct ModuleOptions {
  std::optional<std::string> path;
  std::size_t smoothing_window = 300;
  int threads = 0;
  std::optional<std::string> precision, isa;

  OnlineOptions in_cpp() const {
    OnlineOptions options{.smoothing_window = smoothing_window, .model = {.threads = threads}};
    if (precision) options.model.precision = PrecisionChoice::from_string(*precision);
    if (isa) options.model.isa = require_isa("isa", *isa);
    return options;
  }
};

std::unique_ptr<Online> load(const ModuleOptions& options) {
  const std::string path = resolve_weights(options.path.value_or(""));
  return std::make_unique<Online>(open_weights(path), options.in_cpp());
}

/// As OpenCV holds pictures: (height, width) grey, (height, width, 3) BGR or (height, width, 4)
/// BGRA, of bytes.
ImageView view(const Pixels& image) {
  const auto fail = [&] {
    throw py::type_error(
        "image: expected a uint8 array of shape (height, width[, 3 or 4]), found " +
        std::string(py::str(image.dtype())) + " of shape " +
        std::string(py::str(image.attr("shape"))));
  };
  if (!py::isinstance<py::array_t<std::uint8_t>>(image)) fail();
  if (image.ndim() != 2 && image.ndim() != 3) fail();
  const py::ssize_t channels = image.ndim() == 3 ? image.shape(2) : 1;
  if (channels != 1 && channels != 3 && channels != 4) fail();
  constexpr py::ssize_t largest = 1 << 30;
  if (image.shape(0) > largest || image.shape(1) > largest) fail();
  const auto width = static_cast<int>(image.shape(1)), height = static_cast<int>(image.shape(0));
  const auto* data = static_cast<const std::uint8_t*>(image.data());
  return channels == 1   ? gray(data, width, height, image.strides(0))
         : channels == 3 ? bgr(data, width, height, image.strides(0))
                         : bgra(data, width, height, image.strides(0));
}

/// The array itself, or a copy whose rows have no gaps between pixels.
Pixels with_plain_rows(const Pixels& image) {
  const bool has_channels = image.ndim() == 3;
  const py::ssize_t pixel = has_channels ? image.shape(2) : 1;
  const bool is_plain = image.ndim() >= 2 && image.strides(1) == pixel &&
                        (!has_channels || image.strides(2) == 1) && image.strides(0) >= 0;
  if (is_plain || image.ndim() < 2) return image;
  return py::module_::import("numpy").attr("ascontiguousarray")(image);
}

py::array_t<float> as_array(std::span<const float> values) {
  return py::array_t<float>(static_cast<py::ssize_t>(values.size()), values.data());
}

class PythonFliqe {
 public:
  explicit PythonFliqe(const ModuleOptions& options) : online_(load(options)) {
    online_->require_score();
  }

  double estimate_image_quality(const Pixels& image) const { return assess(image).quality; }

  Assessment assess(const Pixels& image) const {
    const Pixels plain = with_plain_rows(image);
    const ImageView picture = view(plain);
    const py::gil_scoped_release unlocked;
    return online_->assess(picture);
  }

  std::vector<double> estimate_image_qualities(const std::vector<Pixels>& images) const {
    std::vector<Pixels> plain;
    std::vector<ImageView> views;
    for (const Pixels& image : images) {
      plain.push_back(with_plain_rows(image));
      views.push_back(view(plain.back()));
    }
    std::vector<Assessment> assessments(images.size());
    {
      const py::gil_scoped_release unlocked;
      online_->assess(views, assessments);
    }
    std::vector<double> qualities;
    qualities.reserve(assessments.size());
    for (const Assessment& each : assessments) qualities.push_back(each.quality);
    return qualities;
  }

  py::array_t<float> embedding(const Pixels& image) const {
    const Pixels plain = with_plain_rows(image);
    const ImageView picture = view(plain);
    const auto values = [&] {
      const py::gil_scoped_release unlocked;
      return online_->embedding(picture);
    }();
    return as_array(values);
  }

  std::vector<std::string> causes() const {
    return {online_->causes().begin(), online_->causes().end()};
  }

  std::tuple<int, int, int> get_color(double score) const {
    const Bgr color = fliqe::get_color(score);
    return {color.blue, color.green, color.red};
  }

 protected:
  std::unique_ptr<Online> online_;
};

class PythonOnlineFliqe : public PythonFliqe {
 public:
  using PythonFliqe::PythonFliqe;

  void create_session(const std::string& id) { online_->create_session(id); }

  double estimate_smoothed_quality(const Pixels& image, const std::string& id) {
    return assess_frame(image, id).smoothed_quality;
  }

  FrameAssessment assess_frame(const Pixels& image, const std::string& id) {
    const Pixels plain = with_plain_rows(image);
    const ImageView picture = view(plain);
    const py::gil_scoped_release unlocked;
    return online_->assess_frame(picture, id);
  }

  std::vector<FrameAssessment> assess_frames(
      const std::vector<std::pair<Pixels, std::string>>& frames) {
    std::vector<Pixels> plain;
    std::vector<SessionFrame> views;
    for (const auto& [image, id] : frames) {
      plain.push_back(with_plain_rows(image));
      views.push_back({view(plain.back()), id});
    }
    const py::gil_scoped_release unlocked;
    return online_->assess_frames(views);
  }

  double get_smoothed_quality(const std::string& id) const {
    return or_zero([&] { return online_->get_smoothed_quality(id); });
  }
  double get_raw_quality(const std::string& id) const {
    return or_zero([&] { return online_->get_raw_quality(id); });
  }
  void remove_session(const std::string& id) {
    or_zero([&]() -> std::optional<double> {
      online_->remove_session(id);
      return {};
    });
  }

 private:
  template <class Ask>
  static double or_zero(const Ask& ask) {
    try {
      return ask().value_or(0);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unknown_session) throw;
      return 0;
    }
  }
};

void raise_in_python(const Error& error) {
  switch (error.code()) {
    case ErrorCode::io:
      return PyErr_SetString(PyExc_OSError, error.what());
    case ErrorCode::no_such_capability:
      return PyErr_SetString(PyExc_RuntimeError, error.what());
    default:
      return PyErr_SetString(PyExc_ValueError, error.what());
  }
}

void add_results(py::module_& module) {
  py::class_<Assessment>(module, "Assessment", "All that is known about one picture.")
      .def_readonly("quality", &Assessment::quality, "1 - sigmoid(logit), in [0, 1].")
      .def_readonly("logit", &Assessment::logit, "Of 'distorted'.")
      .def_property_readonly(
          "embedding", [](const Assessment& self) { return as_array(self.embedding); },
          "128 floats of length 1.")
      .def_property_readonly(
          "causes",
          [](const Assessment& self) {
            return std::vector<double>(self.causes.begin(), self.causes.end());
          },
          "How probable each of FLIQE.causes is, given that the picture is distorted; empty when "
          "the weights name none.")
      .def("__repr__", [](const Assessment& self) {
        return "Assessment(quality=" + std::to_string(self.quality) +
               ", logit=" + std::to_string(self.logit) + ")";
      });
  py::class_<FrameAssessment>(module, "FrameAssessment",
                              "A frame's own scores, and its session's smoothed quality after it.")
      .def_readonly("smoothed_quality", &FrameAssessment::smoothed_quality,
                    "In [0, 1], over the smoothing window.")
      .def_readonly("assessment", &FrameAssessment::assessment, "Of this frame alone.")
      .def("__repr__", [](const FrameAssessment& self) {
        return "FrameAssessment(smoothed_quality=" + std::to_string(self.smoothed_quality) +
               ", quality=" + std::to_string(self.assessment.quality) + ")";
      });
}

constexpr const char* constructor_doc =
    "quality_model_path: a .pth checkpoint or a safetensors file; None: FLIQE_WEIGHTS, else the "
    "built-in compact weights. threads: for each call, 0: FLIQE_THREADS, else all cores. "
    "precision: 'f32', 'bf16', 'int8' or 'auto' (bf16 on processors with instructions for it, if "
    "the weights file records that scores hardly change); None: int8 for quantized weights, else "
    "f32. isa: 'baseline', 'avx2', 'avx512', 'amx', on 64-bit ARM 'neon', 'dotprod', 'i8mm', "
    "'bf16'; None: FLIQE_ISA, else the fastest.";

void add_fliqe(py::module_& module) {
  py::class_<PythonFliqe>(module, "FLIQE", "Scores pictures as OpenCV holds them: BGR, uint8.")
      .def(py::init([](std::optional<std::string> path, int threads,
                       std::optional<std::string> precision, std::optional<std::string> isa) {
             return PythonFliqe(
                 {std::move(path), 300, threads, std::move(precision), std::move(isa)});
           }),
           py::arg("quality_model_path") = py::none(), py::kw_only(), py::arg("threads") = 0,
           py::arg("precision") = py::none(), py::arg("isa") = py::none(), constructor_doc)
      .def("estimate_image_quality", &PythonFliqe::estimate_image_quality, py::arg("img"),
           "Quality in [0, 1], higher is better. Other Python threads run meanwhile.")
      .def("estimate_image_qualities", &PythonFliqe::estimate_image_qualities, py::arg("imgs"),
           "Qualities of many pictures, of any sizes, in one call.")
      .def("assess", &PythonFliqe::assess, py::arg("img"), "Quality, logit, embedding and causes.")
      .def("embedding", &PythonFliqe::embedding, py::arg("img"),
           "The 128 numbers before the head, of length 1.")
      .def_property_readonly("causes", &PythonFliqe::causes,
                             "Names of the faults that Assessment.causes are of.")
      .def("get_color", &PythonFliqe::get_color, py::arg("score"),
           "(blue, green, red), from red for 0 to green for 1.");
}

void add_online_fliqe(py::module_& module) {
  py::class_<PythonOnlineFliqe, PythonFliqe>(module, "OnlineFLIQE",
                                             "Scores streams: a session each, smoothed.")
      .def(py::init([](std::optional<std::string> path, std::size_t window,
                       std::optional<std::size_t> window_size, int threads,
                       std::optional<std::string> precision, std::optional<std::string> isa) {
             return PythonOnlineFliqe({std::move(path), window_size.value_or(window), threads,
                                       std::move(precision), std::move(isa)});
           }),
           py::arg("quality_model_path") = py::none(), py::arg("smoothing_window") = 300,
           py::arg("smoothing_window_size") = py::none(), py::kw_only(), py::arg("threads") = 0,
           py::arg("precision") = py::none(), py::arg("isa") = py::none(), constructor_doc)
      .def("create_session", &PythonOnlineFliqe::create_session, py::arg("session_id"))
      .def("estimate_smoothed_quality", &PythonOnlineFliqe::estimate_smoothed_quality,
           py::arg("img"), py::arg("session_id"),
           "Scores a frame; the mean of the session's last scores. ValueError without such a "
           "session.")
      .def("assess_frame", &PythonOnlineFliqe::assess_frame, py::arg("img"), py::arg("session_id"),
           "Scores a frame: its own assessment and the session's smoothed quality.")
      .def("assess_frames", &PythonOnlineFliqe::assess_frames, py::arg("frames"),
           "The same for a list of (img, session_id), in one batch; of one session's frames the "
           "first counts as the older.")
      .def("get_smoothed_quality", &PythonOnlineFliqe::get_smoothed_quality, py::arg("session_id"),
           "0 for a session that does not exist or has no frames.")
      .def("get_raw_quality", &PythonOnlineFliqe::get_raw_quality, py::arg("session_id"),
           "Of the last frame; 0 for a session that does not exist or has no frames.")
      .def("remove_session", &PythonOnlineFliqe::remove_session, py::arg("session_id"));
}

}  // namespace

PYBIND11_MODULE(fliqe, module) {
  module.doc() = "Quality of thermal images, scored on the CPU.";
  module.attr("__version__") = version;
  // NOLINTNEXTLINE(performance-unnecessary-value-param): pybind11 takes no other signature
  py::register_exception_translator([](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const Error& caught) {
      raise_in_python(caught);
    }
  });
  add_results(module);
  add_fliqe(module);
  add_online_fliqe(module);
}
