// SPDX-License-Identifier: MIT
/// @file
/// Everything from a JPEG file to its score, whole and in parts: decoding, preprocessing, the
/// network by batch and threads. With the built-in compact weights, and with those that
/// FLIQE_WEIGHTS names, if it is set (in int8 if `fliqe quantize` made them).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fliqe/base/parallel.hpp>
#include <fliqe/fliqe.hpp>
#include <fliqe/image/resize.hpp>
#include <fliqe/weights/embedded.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "images/decode.hpp"
#include "io/inputs.hpp"

using namespace fliqe;

namespace {

using Scorer = FLIQE<AnyBackbone, AnyPrecision>;
using Bytes = std::vector<std::byte>;

const std::vector<Bytes>& jpegs() {
  static const std::vector<Bytes> files = [] {
    std::vector<Bytes> read;
    for (const auto& entry : std::filesystem::directory_iterator(FLIQE_EXAMPLE_IMAGES)) {
      if (entry.path().extension() == ".jpg") {
        read.push_back(tools::read_input(entry.path().string()));
      }
    }
    return read;
  }();
  return files;
}

std::vector<Image> pictures(std::size_t count) {
  std::vector<Image> images;
  for (std::size_t i = 0; i < count; ++i) {
    images.push_back(tools::decode(jpegs()[i % jpegs().size()], "example"));
  }
  return images;
}

void decode_jpeg(benchmark::State& state) {
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(tools::decode(jpegs()[i++ % jpegs().size()], "example"));
  }
  state.SetItemsProcessed(state.iterations());
}

void decode_jpeg_stb(benchmark::State& state) {
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decode_image(jpegs()[i++ % jpegs().size()], "example"));
  }
  state.SetItemsProcessed(state.iterations());
}

/// 640 x 512 to 224 x 224, on one thread.
void resize(benchmark::State& state, PixelFormat format, Isa isa) {
  Image image{640, 512, format, {}};
  image.pixels.resize(640u * 512u * static_cast<std::size_t>(channel_count(format)), 100);
  constexpr int size = 224;
  BilinearResizer resizer(size, size, isa);
  resizer.prepare(image);
  std::vector<std::uint8_t> output(static_cast<std::size_t>(size * resizer.row_bytes(format)));
  for (auto _ : state) {
    resizer.run(image, output.data(), Team{});
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}

void network(benchmark::State& state, const weights::TensorSet& file, int batch, int threads) {
  const Scorer scorer(file, {.threads = threads, .max_batch = batch});
  const std::vector<Image> images = pictures(static_cast<std::size_t>(batch));
  const std::vector<ImageView> views(images.begin(), images.end());
  std::vector<Assessment> results(views.size());
  double preprocess = 0, inference = 0;
  for (auto _ : state) {
    scorer.assess(views, results);
    preprocess += results.front().preprocess_ms;
    inference += results.front().inference_ms;
  }
  state.SetItemsProcessed(state.iterations() * batch);
  using benchmark::Counter;
  state.counters["preprocess_ms"] = Counter(preprocess, Counter::kAvgIterations);
  state.counters["inference_ms"] = Counter(inference, Counter::kAvgIterations);
}

/// From the bytes of a file to its score, one picture after the other.
void end_to_end(benchmark::State& state, const weights::TensorSet& file, int threads) {
  const Scorer scorer(file, {.threads = threads});
  std::size_t i = 0;
  for (auto _ : state) {
    const Image image = tools::decode(jpegs()[i++ % jpegs().size()], "example");
    benchmark::DoNotOptimize(scorer.estimate_image_quality(image));
  }
  state.SetItemsProcessed(state.iterations());
}

/// The same, a picture on each core at a time.
void end_to_end_on_all_cores(benchmark::State& state, const weights::TensorSet& file) {
  static std::unique_ptr<Scorer> scorer;
  if (state.thread_index() == 0) scorer = std::make_unique<Scorer>(file, Options{.threads = 1});
  auto i = static_cast<std::size_t>(state.thread_index());
  for (auto _ : state) {
    const Image image = tools::decode(jpegs()[i++ % jpegs().size()], "example");
    benchmark::DoNotOptimize(scorer->estimate_image_quality(image));
  }
  state.SetItemsProcessed(state.iterations());
}

void register_network(const weights::TensorSet& file, const std::string& name) {
  const std::set<int> thread_counts{1, default_thread_count()};
  for (const int threads : thread_counts) {
    const std::string suffix = "/threads:" + std::to_string(threads);
    for (const int batch : {1, 4, 8, 16}) {
      benchmark::RegisterBenchmark(
          (name + "/assess/batch:" + std::to_string(batch) + suffix).c_str(),
          [=, &file](benchmark::State& state) { network(state, file, batch, threads); })
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
    benchmark::RegisterBenchmark(
        (name + "/jpeg_to_score" + suffix).c_str(),
        [=, &file](benchmark::State& state) { end_to_end(state, file, threads); })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark(
      (name + "/jpeg_to_score_on_all_cores").c_str(),
      [&file](benchmark::State& state) { end_to_end_on_all_cores(state, file); })
      ->UseRealTime()
      ->Threads(default_thread_count())
      ->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
  const auto unit = benchmark::kMillisecond;
  benchmark::RegisterBenchmark("decode_jpeg", decode_jpeg)->Unit(unit);
  benchmark::RegisterBenchmark("decode_jpeg_stb", decode_jpeg_stb)->Unit(unit);
  for (const Isa isa : all_isas) {
    if (!is_supported(isa)) continue;
    const std::string name = "/" + std::string(to_string(isa));
    for (const auto& [kind, format] :
         {std::pair{"gray", PixelFormat::gray8}, std::pair{"bgr", PixelFormat::bgr8}}) {
      benchmark::RegisterBenchmark(
          ("resize_" + std::string(kind) + name).c_str(),
          [=, format = format](benchmark::State& state) { resize(state, format, isa); })
          ->Unit(unit);
    }
  }
  static const auto compact = weights::parse_safetensors(embedded_weights(), "compact");
  register_network(compact, "compact");
  if (const char* path = std::getenv("FLIQE_WEIGHTS")) {
    static const auto given = weights::read_safetensors(path);
    register_network(given, "given");
  }
  return true;
}();

}  // namespace
