// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fliqe/base/cpu.hpp>
#include <fliqe/base/parallel.hpp>
#include <fliqe/version.hpp>
#include <string>
#include <vector>

#include "app/model_options.hpp"
#include "commands/commands.hpp"

namespace fliqe::tools {
namespace {

std::string feature_list(const CpuFeatures& cpu) {
  const std::pair<bool, const char*> features[] = {
      {cpu.avx2, "avx2"},         {cpu.fma, "fma"},
      {cpu.f16c, "f16c"},         {cpu.avx512f, "avx512f"},
      {cpu.avx512bw, "avx512bw"}, {cpu.avx512dq, "avx512dq"},
      {cpu.avx512vl, "avx512vl"}, {cpu.avx512_vnni, "avx512_vnni"},
      {cpu.avx_vnni, "avx_vnni"}, {cpu.avx512_bf16, "avx512_bf16"},
      {cpu.amx_tile, "amx_tile"}, {cpu.amx_bf16, "amx_bf16"},
      {cpu.amx_int8, "amx_int8"}, {cpu.arm_dotprod, "dotprod"},
      {cpu.arm_i8mm, "i8mm"},     {cpu.arm_bf16, "bf16"}};
  std::string text;
  for (const auto& [present, name] : features) {
    if (present) text += (text.empty() ? "" : " ") + std::string(name);
  }
  return text.empty() ? "none that fliqe knows of" : text;
}

std::string setting(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? " (" + std::string(variable) + "=" + value + ")" : "";
}

/// Scores a picture a few times and returns the fastest, in milliseconds.
double time_one_score(const Scorer& scorer) {
  constexpr int size = 256, repeats = 5;
  std::vector<std::uint8_t> picture(size * size);
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<std::uint8_t>(i % 251);
  double fastest = 1e9;
  for (int i = 0; i < repeats; ++i) {
    const Assessment result = scorer.assess(gray(picture.data(), size, size));
    fastest = std::min(fastest, result.preprocess_ms + result.inference_ms);
  }
  return fastest;
}

void doctor(const std::string& weights) {
  const CpuFeatures& cpu = cpu_features();
  std::printf("fliqe       %s\n", version);
  std::printf("processor   %s\n", cpu.name.empty() ? "unknown" : cpu.name.c_str());
  std::printf("features    %s\n", feature_list(cpu).c_str());
  const Isa isa = select_isa();
  std::printf("kernels     %s%s\n", std::string(to_string(isa)).c_str(),
              setting("FLIQE_ISA").c_str());
  std::printf("precisions  bf16: %s, int8: %s\n",
              std::string(kernels_of(PrecisionKind::bf16, isa)).c_str(),
              std::string(kernels_of(PrecisionKind::int8, isa)).c_str());
#if defined(_OPENMP)
  std::printf("threads     %d%s%s\n", default_thread_count(), setting("FLIQE_THREADS").c_str(),
              setting("OMP_NUM_THREADS").c_str());
#else
  std::printf("threads     1 (built without OpenMP)\n");
#endif
  const LoadedModel model = load_model(weights, {});
  std::printf("weights     %s: %s, %s\n", model.source.c_str(), model.scorer.spec().name.c_str(),
              std::string(model::to_string(model.scorer.kind())).c_str());
  if (model.scorer.has_score()) {
    std::printf("speed       %.1f ms a score (%s)\n", time_one_score(model.scorer),
                arithmetic(model.scorer).c_str());
  }
}

}  // namespace

void add_doctor_command(CLI::App& app, Exit&) {
  auto weights = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "doctor",
      "Show what this machine offers, what fliqe makes of it, and which weights it finds");
  command->add_option("--weights", *weights,
                      ".pth or safetensors file; default: FLIQE_WEIGHTS, built-in");
  command->callback([weights] { doctor(*weights); });
}

}  // namespace fliqe::tools
