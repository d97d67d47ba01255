// SPDX-License-Identifier: MIT
/// @file
/// GStreamer's element `fliqequality`: scores the frames that pass and changes no pixel. Each score
/// becomes a custom meta of its buffer, and a message to the application at intervals.
#include <gst/base/gstbasetransform.h>
#include <gst/video/video.h>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bindings/gstreamer/frame_scorer.hpp"

using fliqe::gstreamer::FrameScore;
using fliqe::gstreamer::FrameScorer;
using fliqe::gstreamer::Settings;

namespace {

constexpr const char* meta_name = "FliqeQualityMeta";
constexpr const char* message_name = "fliqe-quality";

GST_DEBUG_CATEGORY_STATIC(category);

/// What lives from start to stop.
struct Run {
  explicit Run(const Settings& settings) : scorer(settings) {}

  FrameScorer scorer;
  std::optional<GstClockTime> last_message;  ///< running time
  bool was_low = false;
};

struct State {
  Settings settings;
  std::unique_ptr<Run> run;
  GstVideoInfo info{};
};

struct Element {
  GstBaseTransform parent;
  State* state;
};

struct ElementClass {
  GstBaseTransformClass parent;
};

enum Property : guint { weights = 1, precision, agc, window, every, interval, threshold, threads };

GstBaseTransformClass* parent_class = nullptr;

State& state_of(gpointer object) {
  return *static_cast<Element*>(object)->state;
}

// ---- Results ----

GstStructure* structure_of(const char* name, const FrameScore& score, GstBuffer* buffer,
                           GstClockTime running_time) {
  GstStructure* structure = gst_structure_new(
      name, "frame", G_TYPE_UINT64, score.frame, "timestamp", G_TYPE_UINT64, GST_BUFFER_PTS(buffer),
      "running-time", G_TYPE_UINT64, running_time, "quality", G_TYPE_DOUBLE, score.quality,
      "smoothed-quality", G_TYPE_DOUBLE, score.smoothed, "low", G_TYPE_BOOLEAN,
      static_cast<gboolean>(score.is_low), nullptr);
  if (score.cause != nullptr) {
    gst_structure_set(structure, "cause", G_TYPE_STRING, score.cause, "cause-probability",
                      G_TYPE_DOUBLE, score.cause_probability, nullptr);
  }
  return structure;
}

void add_meta(GstBuffer* buffer, const FrameScore& score, GstClockTime running_time) {
  GstCustomMeta* meta = gst_buffer_add_custom_meta(buffer, meta_name);
  GstStructure* values = structure_of(meta_name, score, buffer, running_time);
  const auto copy = [](GQuark field, const GValue* value, gpointer to) -> gboolean {
    gst_structure_id_set_value(static_cast<GstStructure*>(to), field, value);
    return TRUE;
  };
  gst_structure_foreach(values, copy, gst_custom_meta_get_structure(meta));
  gst_structure_free(values);
}

bool is_due(Run& run, const Settings& settings, const FrameScore& score, GstClockTime now) {
  const bool has_crossed = score.is_low != std::exchange(run.was_low, score.is_low);
  if (!has_crossed && run.last_message && GST_CLOCK_TIME_IS_VALID(now) &&
      now >= *run.last_message &&
      static_cast<double>(now - *run.last_message) < settings.interval * GST_SECOND) {
    return false;
  }
  run.last_message = now;
  return true;
}

void publish(GstBaseTransform* base, GstBuffer* buffer, const FrameScore& score) {
  State& state = state_of(base);
  const GstClockTime now =
      gst_segment_to_running_time(&base->segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  add_meta(buffer, score, now);
  if (!is_due(*state.run, state.settings, score, now)) return;
  GstStructure* structure = structure_of(message_name, score, buffer, now);
  gst_element_post_message(GST_ELEMENT(base), gst_message_new_element(GST_OBJECT(base), structure));
}

// ---- Frames ----

std::optional<fliqe::PixelFormat> pixel_format(GstVideoFormat format) {
  switch (format) {
    case GST_VIDEO_FORMAT_GRAY8:
      return fliqe::PixelFormat::gray8;
    case GST_VIDEO_FORMAT_RGB:
      return fliqe::PixelFormat::rgb8;
    case GST_VIDEO_FORMAT_BGR:
      return fliqe::PixelFormat::bgr8;
    case GST_VIDEO_FORMAT_RGBx:
      return fliqe::PixelFormat::rgba8;
    case GST_VIDEO_FORMAT_BGRx:
      return fliqe::PixelFormat::bgra8;
    default:
      return std::nullopt;  // counts
  }
}

std::optional<FrameScore> score(FrameScorer& scorer, const GstVideoFrame& frame) {
  const auto* data = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  const int width = GST_VIDEO_FRAME_WIDTH(&frame), height = GST_VIDEO_FRAME_HEIGHT(&frame);
  const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
  if (const auto format = pixel_format(GST_VIDEO_FRAME_FORMAT(&frame))) {
    return scorer.score({data, width, height, stride, *format});
  }
  return scorer.score(data, width, height, stride);
}

GstFlowReturn transform_in_place(GstBaseTransform* base, GstBuffer* buffer) {
  State& state = state_of(base);
  GstVideoFrame frame;
  const auto flags = static_cast<GstMapFlags>(int{GST_MAP_READ} | GST_VIDEO_FRAME_MAP_FLAG_NO_REF);
  if (gst_video_frame_map(&frame, &state.info, buffer, flags) == FALSE) {
    GST_ELEMENT_ERROR(base, STREAM, FAILED, ("cannot map a frame"), (nullptr));
    return GST_FLOW_ERROR;
  }
  std::optional<FrameScore> found;
  try {
    found = score(state.run->scorer, frame);
  } catch (const std::exception& error) {
    GST_ELEMENT_WARNING(base, STREAM, FAILED, ("%s", error.what()), (nullptr));
  }
  gst_video_frame_unmap(&frame);
  if (found) publish(base, buffer, *found);
  return GST_FLOW_OK;
}

gboolean set_caps(GstBaseTransform* base, GstCaps* input, GstCaps*) {
  return gst_video_info_from_caps(&state_of(base).info, input);
}

gboolean start(GstBaseTransform* base) {
  State& state = state_of(base);
  try {
    state.run = std::make_unique<Run>(state.settings);
    return TRUE;
  } catch (const std::exception& error) {
    GST_ELEMENT_ERROR(base, RESOURCE, OPEN_READ, ("%s", error.what()), (nullptr));
    return FALSE;
  }
}

gboolean stop(GstBaseTransform* base) {
  state_of(base).run.reset();
  return TRUE;
}

// ---- Properties ----

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  Settings& settings = state_of(object).settings;
  const auto text = [value] {
    const gchar* given = g_value_get_string(value);
    return std::string(given != nullptr ? given : "");
  };
  switch (id) {
    case weights:
      settings.weights = text();
      break;
    case precision:
      settings.precision = text();
      break;
    case agc:
      settings.agc = text();
      break;
    case window:
      settings.window = g_value_get_uint(value);
      break;
    case every:
      settings.every = g_value_get_uint(value);
      break;
    case interval:
      settings.interval = g_value_get_double(value);
      break;
    case threshold:
      settings.threshold = g_value_get_double(value);
      break;
    case threads:
      settings.threads = g_value_get_int(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  const Settings& settings = state_of(object).settings;
  switch (id) {
    case weights:
      g_value_set_string(value, settings.weights.c_str());
      break;
    case precision:
      g_value_set_string(value, settings.precision.c_str());
      break;
    case agc:
      g_value_set_string(value, settings.agc.c_str());
      break;
    case window:
      g_value_set_uint(value, settings.window);
      break;
    case every:
      g_value_set_uint(value, settings.every);
      break;
    case interval:
      g_value_set_double(value, settings.interval);
      break;
    case threshold:
      g_value_set_double(value, settings.threshold);
      break;
    case threads:
      g_value_set_int(value, settings.threads);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

constexpr auto readwrite =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);

void install_properties(GObjectClass* object) {
  static const Settings standard;
  const auto install = [object](Property id, GParamSpec* spec) {
    g_object_class_install_property(object, id, spec);
  };
  install(weights, g_param_spec_string("weights", "Weights",
                                       "A .pth checkpoint or safetensors file; empty: "
                                       "FLIQE_WEIGHTS, else the built-in compact weights",
                                       standard.weights.c_str(), readwrite));
  install(precision, g_param_spec_string("precision", "Precision", "f32, bf16, int8 or auto",
                                         standard.precision.c_str(), readwrite));
  install(agc, g_param_spec_string("agc", "AGC",
                                   "How counts of 16 bits become grey levels: linear[:PERCENT], "
                                   "minmax, plateau[:PIXELS], clahe[:LIMIT] or upper",
                                   standard.agc.c_str(), readwrite));
  install(window,
          g_param_spec_uint("window", "Window", "Scores that the smoothed quality is the mean of",
                            1, 1U << 20, standard.window, readwrite));
  install(every, g_param_spec_uint("every", "Every", "Score one of so many frames", 1, G_MAXINT,
                                   standard.every, readwrite));
  install(interval, g_param_spec_double("interval", "Interval",
                                        "Seconds between messages, but for those of a crossed "
                                        "threshold; 0: a message for each score",
                                        0, 1e6, standard.interval, readwrite));
  install(threshold,
          g_param_spec_double("threshold", "Threshold", "A smoothed quality below it is low", 0, 1,
                              standard.threshold, readwrite));
  install(threads, g_param_spec_int("threads", "Threads", "For each frame; 0: all cores", 0, 1024,
                                    standard.threads, readwrite));
}

// ---- The type ----

void finalize(GObject* object) {
  delete static_cast<Element*>(static_cast<gpointer>(object))->state;
  G_OBJECT_CLASS(parent_class)->finalize(object);
}

GstCaps* accepted_caps() {
  return gst_caps_from_string(
      GST_VIDEO_CAPS_MAKE("{ GRAY8, " GST_VIDEO_NE(GRAY16) ", BGR, BGRx, RGB, RGBx }"));
}

void class_init(gpointer klass, gpointer) {
  auto* object = G_OBJECT_CLASS(klass);
  auto* element = GST_ELEMENT_CLASS(klass);
  auto* transform = GST_BASE_TRANSFORM_CLASS(klass);
  parent_class = GST_BASE_TRANSFORM_CLASS(g_type_class_peek_parent(klass));
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  install_properties(object);
  GstCaps* caps = accepted_caps();
  gst_element_class_add_pad_template(
      element, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template(
      element, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref(caps);
  gst_element_class_set_static_metadata(
      element, "Thermal image quality", "Filter/Analyzer/Video",
      "Scores the quality of thermal (FLIR, LWIR) frames from 0 to 1", "The fliqe authors");
  transform->start = start;
  transform->stop = stop;
  transform->set_caps = set_caps;
  transform->transform_ip = transform_in_place;
}

void init(GTypeInstance* instance, gpointer) {
  reinterpret_cast<Element*>(instance)->state = new State;
  gst_base_transform_set_in_place(reinterpret_cast<GstBaseTransform*>(instance), TRUE);
}

gboolean plugin_init(GstPlugin* plugin) {
  GST_DEBUG_CATEGORY_INIT(category, "fliqequality", 0, "thermal image quality");
  static const gchar* tags[] = {nullptr};
  gst_meta_register_custom(meta_name, tags, nullptr, nullptr, nullptr);
  const GType type =
      g_type_register_static_simple(GST_TYPE_BASE_TRANSFORM, "FliqeQuality", sizeof(ElementClass),
                                    class_init, sizeof(Element), init, G_TYPE_FLAG_NONE);
  return gst_element_register(plugin, "fliqequality", GST_RANK_NONE, type);
}

}  // namespace

#define PACKAGE "fliqe"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, fliqe, "Thermal image quality", plugin_init,
                  FLIQE_VERSION, "MIT/X11", "fliqe", "fliqe")
