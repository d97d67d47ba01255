// SPDX-License-Identifier: MIT
#define CATCH_CONFIG_RUNNER
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fliqe/fliqe.hpp>
#include <fliqe/thermal/agc.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/files.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

struct Frame {
  std::string format;
  int width = 0, height = 0;
  std::vector<std::uint8_t> bytes;  ///< rows as GStreamer has them, filled up to 4 bytes
};

int row_bytes(int width, int bytes_each) {
  return (width * bytes_each + 3) / 4 * 4;
}

/// A grey picture with one pixel less in a row than it has, so that rows are filled up.
Image example() {
  const Image image = load_image((example_images() / "0_120_60_0_09564.jpg").string());
  const int channels = channel_count(image.format);
  Image gray{image.width - 1, image.height, PixelFormat::gray8, {}};
  for (int y = 0; y < gray.height; ++y) {
    for (int x = 0; x < gray.width; ++x) {
      const int place = channels * (y * image.width + x);
      gray.pixels.push_back(image.pixels[static_cast<std::size_t>(place)]);
    }
  }
  return gray;
}

/// `channels` bytes for each pixel: of the grey value, turned a little for each channel.
Frame frame_of(const Image& gray, const std::string& format, int channels) {
  Frame frame{format, gray.width, gray.height, {}};
  const int stride = row_bytes(gray.width, channels);
  frame.bytes.resize(static_cast<std::size_t>(stride) * static_cast<std::size_t>(gray.height));
  for (int y = 0; y < gray.height; ++y) {
    for (int x = 0; x < gray.width; ++x) {
      const std::uint8_t value = gray.pixels[static_cast<std::size_t>(y * gray.width + x)];
      for (int c = 0; c < channels; ++c) {
        frame.bytes[static_cast<std::size_t>(y * stride + x * channels + c)] =
            static_cast<std::uint8_t>(value + 20 * c);
      }
    }
  }
  return frame;
}

ImageView view(const Frame& frame, PixelFormat format) {
  return {frame.bytes.data(), frame.width, frame.height,
          row_bytes(frame.width, channel_count(format)), format};
}

/// The element between a source and a sink that the test is.
class Harness {
 public:
  explicit Harness(const std::string& properties)
      : harness_(gst_harness_new_parse(("fliqequality " + properties).c_str())),
        bus_(gst_bus_new()) {
    gst_element_set_bus(harness_->element, bus_);
  }
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;
  ~Harness() {
    gst_element_set_bus(harness_->element, nullptr);
    gst_object_unref(bus_);
    gst_harness_teardown(harness_);
  }

  /// The frame as it came out.
  GstBuffer* push(const Frame& frame, double seconds) {
    const std::string caps = "video/x-raw, format=" + frame.format +
                             ", width=" + std::to_string(frame.width) +
                             ", height=" + std::to_string(frame.height) + ", framerate=25/1";
    if (caps != std::exchange(caps_, caps)) gst_harness_set_src_caps_str(harness_, caps.c_str());
    GstBuffer* buffer = gst_buffer_new_memdup(frame.bytes.data(), frame.bytes.size());
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(seconds * GST_SECOND);
    return gst_harness_push_and_pull(harness_, buffer);
  }

  /// The fields of the next message of the application's, if there is one.
  std::unique_ptr<GstStructure, decltype(&gst_structure_free)> message() {
    GstMessage* message = gst_bus_pop_filtered(bus_, GST_MESSAGE_ELEMENT);
    if (message == nullptr) return {nullptr, gst_structure_free};
    GstStructure* fields = gst_structure_copy(gst_message_get_structure(message));
    gst_message_unref(message);
    return {fields, gst_structure_free};
  }

  GstHarness* get() const { return harness_; }

 private:
  GstHarness* harness_;
  GstBus* bus_;
  std::string caps_;
};

double number(const GstStructure* fields, const char* name) {
  double value = -1;
  REQUIRE(gst_structure_get_double(fields, name, &value));
  return value;
}

const FLIQE<AnyBackbone>& reference() {
  static const FLIQE<AnyBackbone> fliqe(default_weights());
  return fliqe;
}

}  // namespace

TEST_CASE("given frames of each format, meta and message have FLIQE's quality") {
  const Image gray = example();
  const struct {
    const char* name;
    PixelFormat format;
  } formats[] = {{"GRAY8", PixelFormat::gray8},
                 {"RGB", PixelFormat::rgb8},
                 {"BGR", PixelFormat::bgr8},
                 {"RGBx", PixelFormat::rgba8},
                 {"BGRx", PixelFormat::bgra8}};
  for (const auto& [name, format] : formats) {
    INFO(name);
    const Frame frame = frame_of(gray, name, channel_count(format));
    const double expected = reference().estimate_image_quality(view(frame, format));
    Harness harness("interval=0");
    GstBuffer* out = harness.push(frame, 0.25);
    GstCustomMeta* meta = gst_buffer_get_custom_meta(out, "FliqeQualityMeta");
    REQUIRE(meta != nullptr);
    CHECK(number(gst_custom_meta_get_structure(meta), "quality") == expected);
    const auto message = harness.message();
    REQUIRE(message != nullptr);
    CHECK(gst_structure_has_name(message.get(), "fliqe-quality"));
    CHECK(number(message.get(), "quality") == expected);
    CHECK(number(message.get(), "smoothed-quality") == Approx(expected));
    guint64 timestamp = 0;
    CHECK(gst_structure_get_uint64(message.get(), "timestamp", &timestamp));
    CHECK(timestamp == GST_SECOND / 4);
    CHECK(gst_buffer_memcmp(out, 0, frame.bytes.data(), frame.bytes.size()) == 0);
    gst_buffer_unref(out);
  }
}

TEST_CASE("given counts of 16 bits, AGC makes grey levels of them as fliqe does") {
  const Image gray = example();
  RawFrame raw{gray.width, gray.height, {}};
  for (const std::uint8_t value : gray.pixels) {
    raw.counts.push_back(static_cast<std::uint16_t>(7000 + 11 * value));
  }
  Frame frame{
      G_BYTE_ORDER == G_LITTLE_ENDIAN ? "GRAY16_LE" : "GRAY16_BE", gray.width, gray.height, {}};
  const int stride = row_bytes(gray.width, 2);
  frame.bytes.resize(static_cast<std::size_t>(stride) * static_cast<std::size_t>(gray.height));
  for (int y = 0; y < gray.height; ++y) {
    std::memcpy(frame.bytes.data() + y * stride, raw.row(y),
                2 * static_cast<std::size_t>(raw.width));
  }
  Harness harness("agc=plateau interval=0");
  gst_buffer_unref(harness.push(frame, 0));
  StreamAgc agc(agc_from_string("plateau"));
  const auto message = harness.message();
  REQUIRE(message != nullptr);
  CHECK(number(message.get(), "quality") == reference().estimate_image_quality(agc.apply(raw)));
}

TEST_CASE("given an interval, messages come at it and when the threshold is crossed") {
  const Image gray = example();
  Image dark = gray;
  for (std::uint8_t& value : dark.pixels) value /= 8;
  const Frame good = frame_of(gray, "GRAY8", 1), bad = frame_of(dark, "GRAY8", 1);
  const double between = (reference().estimate_image_quality(view(good, PixelFormat::gray8)) +
                          reference().estimate_image_quality(view(bad, PixelFormat::gray8))) /
                         2;
  Harness harness("interval=1 window=1 threshold=" + std::to_string(between));
  std::string story;
  for (int i = 0; i < 12; ++i) {
    gst_buffer_unref(harness.push(i == 7 ? bad : good, 0.25 * i));
    const auto message = harness.message();
    gboolean is_low = FALSE;
    if (message) gst_structure_get_boolean(message.get(), "low", &is_low);
    story += !message ? '.' : is_low != FALSE ? 'L' : 'g';
  }
  CHECK(story == "g...g..Lg...");
}

TEST_CASE("given every=3, one of three frames has a score") {
  const Frame frame = frame_of(example(), "GRAY8", 1);
  Harness harness("every=3 interval=0");
  std::string story;
  for (int i = 0; i < 7; ++i) {
    GstBuffer* out = harness.push(frame, 0.04 * i);
    story += gst_buffer_get_custom_meta(out, "FliqeQualityMeta") != nullptr ? 's' : '.';
    gst_buffer_unref(out);
  }
  CHECK(story == "s..s..s");
}

TEST_CASE("given settings that cannot be used, the element says why and does not start") {
  for (const auto& [properties, reason] :
       {std::pair("weights=/nowhere.pth", "/nowhere.pth"), std::pair("precision=f8", "f8"),
        std::pair("agc=some", "agc")}) {
    GstElement* pipeline = gst_parse_launch(
        (std::string("fakesrc ! fliqequality ") + properties + " ! fakesink").c_str(), nullptr);
    REQUIRE(pipeline != nullptr);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstBus* bus = gst_element_get_bus(pipeline);
    GstMessage* message = gst_bus_timed_pop_filtered(bus, 20 * GST_SECOND, GST_MESSAGE_ERROR);
    REQUIRE(message != nullptr);
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    CHECK_THAT(error->message, Catch::Contains(reason));
    g_error_free(error);
    gst_message_unref(message);
    gst_object_unref(bus);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
}

TEST_CASE("given an element that stops and starts, it scores as before") {
  const Frame frame = frame_of(example(), "GRAY8", 1);
  Harness harness("interval=0");
  gst_buffer_unref(harness.push(frame, 0));
  const double before = number(harness.message().get(), "quality");
  gst_element_set_state(harness.get()->element, GST_STATE_READY);
  gst_element_set_state(harness.get()->element, GST_STATE_PLAYING);
  Harness again("interval=0");
  gst_buffer_unref(again.push(frame, 0));
  CHECK(number(again.message().get(), "quality") == before);
}

int main(int argc, char* argv[]) {
  gst_init(nullptr, nullptr);
  const int result = Catch::Session().run(argc, argv);
  gst_deinit();
  return result;
}
