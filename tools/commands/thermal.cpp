// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fliqe/thermal/palette.hpp>
#include <optional>
#include <string>
#include <vector>

#include "commands/commands.hpp"
#include "images/canvas.hpp"
#include "images/encode.hpp"
#include "images/tiff.hpp"
#include "io/inputs.hpp"
#include "io/json.hpp"
#include "pictures/picture.hpp"
#include "thermal/spots.hpp"
#include "thermal/spots_report.hpp"

namespace fliqe::tools {
namespace {

/// What the user knows better than the camera did.
struct SceneOptions {
  std::optional<double> emissivity, distance, reflected, atmosphere, humidity;

  bool any() const { return emissivity || distance || reflected || atmosphere || humidity; }

  void apply(Radiometry& scene) const {
    if (emissivity) scene.emissivity = *emissivity;
    if (distance) scene.distance = *distance;
    if (reflected) scene.reflected_temperature = *reflected + celsius_zero;
    if (atmosphere) scene.atmosphere_temperature = *atmosphere + celsius_zero;
    if (humidity) scene.relative_humidity = *humidity / 100;
  }
};

/// What the user wants to know of places and areas.
struct SpotsOptions {
  bool shown = false;
  bool csv = false;
  std::vector<std::string> areas;
  std::string mask;
  std::optional<double> fail_above;
  SpotsRequest request;

  bool any() const {
    return shown || csv || !request.areas.empty() || request.isotherm || fail_above;
  }
};

struct ThermalCommand {
  std::vector<std::string> inputs;
  bool recursive = false;
  bool json = false;
  SpotsOptions spots;
  std::string palette = "ironbow";
  std::string picture;
  std::string exported;
  ThermalOptions thermal;
  SceneOptions scene;
};

/// Lowest, mean and highest, of what has a value.
struct Range3 {
  double lowest = 0, mean = 0, highest = 0;
  std::size_t values = 0;

  void add(double value) {
    if (std::isnan(value)) return;
    lowest = values == 0 ? value : std::min(lowest, value);
    highest = values == 0 ? value : std::max(highest, value);
    ++values;
    mean += (value - mean) / static_cast<double>(values);
  }

  Json to_json() const {
    if (values == 0) return nullptr;
    return {{"min", rounded9(lowest)}, {"mean", rounded9(mean)}, {"max", rounded9(highest)}};
  }
};

struct Report {
  std::string file;
  ThermalFrame frame;
  std::optional<TemperatureScale> scale;
  Range3 counts, celsius;
  std::optional<Spots> spots;
};

Report measure(const std::string& file, const ThermalCommand& command) {
  Report report{file, decode_counts(read_input(file), file, command.thermal), {}, {}, {}, {}};
  require(report.frame.radiometry || !command.scene.any(), ErrorCode::invalid_argument,
          file + ": --emissivity and the rest of the scene need Planck constants, found none");
  if (report.frame.radiometry) command.scene.apply(*report.frame.radiometry);
  report.scale = temperature_scale(report.frame, command.thermal);
  for (const std::uint16_t count : report.frame.raw.counts) {
    report.counts.add(count);
    if (report.scale) report.celsius.add(report.scale->celsius(count));
  }
  if (command.spots.any()) {
    report.spots = find_spots(report.frame.raw, report.scale ? &*report.scale : nullptr,
                              command.spots.request, file);
  }
  return report;
}

/// Whether any of the areas, or the whole picture without areas, is hotter than the limit.
bool is_too_hot(const Report& report, double limit) {
  require(report.celsius.values > 0, ErrorCode::invalid_argument,
          report.file + ": --fail-above needs temperatures, found counts of an unknown unit");
  const std::vector<AreaFigures>& areas = report.spots->areas;
  const auto first = areas.begin() + (areas.size() > 1 ? 1 : 0);
  return std::any_of(first, areas.end(), [&](const AreaFigures& each) {
    return each.values > 0 && each.hottest.value > limit;
  });
}

Json to_json(const Report& report, const SpotsRequest& request) {
  const RawFrame& raw = report.frame.raw;
  Json json{{"SourceFile", report.file}, {"width", raw.width}, {"height", raw.height}};
  if (!report.frame.container.empty()) json["container"] = report.frame.container;
  if (!report.frame.camera.empty()) json["camera"] = report.frame.camera;
  json["counts_unit"] = to_string(report.frame.unit);
  json["counts"] = report.counts.to_json();
  json["celsius"] = report.celsius.to_json();
  if (report.spots) json["spots"] = spots_json(*report.spots, request);
  if (!report.frame.radiometry) return json;
  const Radiometry& scene = *report.frame.radiometry;
  json["emissivity"] = rounded9(scene.emissivity);
  json["distance_m"] = rounded9(scene.distance);
  json["reflected_celsius"] = rounded9(scene.reflected_temperature - celsius_zero);
  json["atmosphere_celsius"] = rounded9(scene.atmosphere_temperature - celsius_zero);
  json["window_celsius"] = rounded9(scene.window_temperature - celsius_zero);
  json["window_transmission"] = rounded9(scene.window_transmission);
  json["relative_humidity"] = rounded9(scene.relative_humidity);
  json["planck"] = {{"r1", rounded9(scene.r1)},
                    {"r2", rounded9(scene.r2)},
                    {"b", rounded9(scene.b)},
                    {"f", rounded9(scene.f)},
                    {"o", rounded9(scene.o)}};
  return json;
}

void print(const Report& report, const SpotsRequest& request) {
  const RawFrame& raw = report.frame.raw;
  std::string source;
  for (const std::string& each : {report.frame.camera, report.frame.container}) {
    if (!each.empty()) source += ", " + each;
  }
  std::printf("%s: %dx%d%s\n", report.file.c_str(), raw.width, raw.height, source.c_str());
  std::printf("  counts       min %.0f  mean %.1f  max %.0f\n", report.counts.lowest,
              report.counts.mean, report.counts.highest);
  if (report.celsius.values > 0) {
    std::printf("  temperature  min %.2f  mean %.2f  max %.2f C\n", report.celsius.lowest,
                report.celsius.mean, report.celsius.highest);
  } else {
    std::printf("  temperature  unknown: the file states neither Planck constants nor a unit\n");
  }
  if (report.spots) std::fputs(spots_text(*report.spots, request).c_str(), stdout);
  if (!report.frame.radiometry) return;
  const Radiometry& scene = *report.frame.radiometry;
  std::printf(
      "  scene        emissivity %.2f, distance %.1f m, reflected %.1f C, air %.1f C, "
      "humidity %.0f %%\n",
      scene.emissivity, scene.distance, scene.reflected_temperature - celsius_zero,
      scene.atmosphere_temperature - celsius_zero, 100 * scene.relative_humidity);
}

/// What a grey level stands for: the middle of the values that it has in the picture.
std::vector<Range3> values_of_levels(const Report& report, const Image& gray) {
  std::vector<Range3> levels(256);
  for (std::size_t i = 0; i < gray.pixels.size(); ++i) {
    const std::uint16_t count = report.frame.raw.counts[i];
    levels[gray.pixels[i]].add(report.scale ? report.scale->celsius(count) : count);
  }
  return levels;
}

/// The picture in colours with a bar beside it that says what they mean.
Image with_scale(const Report& report, const ThermalCommand& command) {
  const Image gray = apply_agc(report.frame.raw, agc_from_string(command.thermal.agc),
                               report.scale ? &*report.scale : nullptr);
  const Palette palette = *palette_from_string(command.palette);
  const PaletteColors colors = colors_of(palette);
  const int text_scale = std::max(1, gray.height / 240), gap = 8 * text_scale;
  const int bar_width = 16 * text_scale, label_width = 48 * text_scale;
  Image sheet = blank_image(gray.width + 3 * gap + bar_width + label_width, gray.height, black);
  paste(sheet, colorize(gray, palette), 0, 0);
  const int bar = gray.width + gap, top = gap, height = gray.height - 2 * gap;
  for (int y = 0; y < height; ++y) {
    const auto level = static_cast<std::size_t>(255 - 255 * y / std::max(1, height - 1));
    fill_rectangle(sheet, bar, top + y, bar_width, 1, colors[level]);
  }
  const std::vector<Range3> levels = values_of_levels(report, gray);
  constexpr int labels = 5;
  for (int i = 0; i < labels; ++i) {
    // The nearest level that occurs, for levels may be empty.
    const int wanted = 255 * (labels - 1 - i) / (labels - 1);
    const Range3* nearest = nullptr;
    for (int distance = 0; distance < 256 && nearest == nullptr; ++distance) {
      for (const int level : {wanted - distance, wanted + distance}) {
        if (level < 0 || level > 255) continue;
        if (levels[static_cast<std::size_t>(level)].values > 0) {
          nearest = &levels[static_cast<std::size_t>(level)];
        }
      }
    }
    if (nearest == nullptr) continue;
    char label[32];
    std::snprintf(label, sizeof(label), report.scale ? "%.1f C" : "%.0f", nearest->mean);
    const int y = top + (height - text_height * text_scale) * i / (labels - 1);
    draw_text(sheet, bar + bar_width + gap, y, label, white, text_scale);
  }
  return sheet;
}

void write_counts(const std::string& path, const RawFrame& raw) {
  const std::string extension = std::filesystem::path(path).extension().string();
  const bool is_tiff_name = extension == ".tif" || extension == ".tiff";
  require(is_tiff_name || extension == ".png", ErrorCode::unsupported_format,
          path + ": expected a name that ends in .png or .tiff, found '" + extension + "'");
  write_bytes(path, is_tiff_name ? encode_gray16_tiff(raw) : encode_gray16_png(raw));
}

/// Writes what is asked for of one file. @return whether it is too hot
bool write_report(const Report& report, const ThermalCommand& command, Json& all) {
  const SpotsOptions& spots = command.spots;
  if (spots.csv) {
    std::fputs(spots_csv(report.file, *report.spots, spots.request).c_str(), stdout);
  } else if (command.json) {
    all.push_back(to_json(report, spots.request));
  } else {
    print(report, spots.request);
  }
  if (!command.picture.empty()) write_image(command.picture, with_scale(report, command));
  if (!command.exported.empty()) write_counts(command.exported, report.frame.raw);
  if (!spots.mask.empty()) {
    write_image(spots.mask,
                isotherm_mask(report.frame.raw, *report.scale, *spots.request.isotherm));
  }
  return spots.fail_above && is_too_hot(report, *spots.fail_above);
}

Exit run(ThermalCommand command) {
  SpotsOptions& spots = command.spots;
  for (const std::string& each : spots.areas) {
    spots.request.areas.push_back(area_from_string(each));
  }
  const std::vector<Input> inputs = expand_inputs(command.inputs, command.recursive);
  const bool writes = !command.picture.empty() || !command.exported.empty() || !spots.mask.empty();
  require(!writes || inputs.size() == 1, ErrorCode::invalid_argument,
          "thermal: --output, --export and --mask take one file, found " +
              std::to_string(inputs.size()));
  Json all = Json::array();
  Exit failure = Exit::success;
  bool too_hot = false;
  if (spots.csv) std::fputs(spots_csv_header(spots.request).c_str(), stdout);
  for (const Input& input : inputs) {
    try {
      if (!input.error.empty()) throw Error(ErrorCode::io, input.error);
      too_hot = write_report(measure(input.path, command), command, all) || too_hot;
    } catch (const Error& error) {
      std::fprintf(stderr, "fliqe: %s\n", error.what());
      failure = inputs.size() == 1 ? Exit::fatal : Exit::some_failed;
      if (command.json) all.push_back({{"SourceFile", input.path}, {"error", error.what()}});
    }
  }
  if (command.json) std::printf("%s\n", dump(all, 2).c_str());
  if (failure != Exit::success) return failure;
  return too_hot ? Exit::below_threshold : Exit::success;
}

void add_spots_options(CLI::App& command, SpotsOptions& spots) {
  command.add_flag("--spots", spots.shown,
                   "hottest and coldest place, mean and percentiles of the picture");
  command
      .add_option("--area", spots.areas,
                  "NAME=X,Y,WIDTHxHEIGHT: the same of a rectangle, in pixels; may be repeated")
      ->allow_extra_args(false);
  command
      .add_option("--percentiles", spots.request.percentiles,
                  "which, from 0 to 100, with commas between")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  CLI::Option* isotherm = command.add_option("--isotherm", spots.request.isotherm,
                                             "count the pixels of at least so many C");
  command
      .add_option("--mask", spots.mask,
                  "write these pixels: a .png file, 255 where it is as hot, else 0")
      ->needs(isotherm);
  command.add_option("--fail-above", spots.fail_above,
                     "exit with 1 if an area, or without areas the picture, is hotter (C)");
}

void add_scene_options(CLI::App& command, SceneOptions& scene) {
  command.add_option("--emissivity", scene.emissivity, "instead of the file's")
      ->check(CLI::Range(0.01, 1.0));
  command.add_option("--distance", scene.distance, "metres, instead of the file's")
      ->check(CLI::Range(0.0, 1e5));
  command.add_option("--reflected", scene.reflected, "temperature in C, instead of the file's");
  command.add_option("--atmosphere", scene.atmosphere, "temperature in C, instead of the file's");
  command.add_option("--humidity", scene.humidity, "percent, instead of the file's")
      ->check(CLI::Range(0.0, 100.0));
}

}  // namespace

void add_thermal_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<ThermalCommand>();
  CLI::App* command = app.add_subcommand(
      "thermal",
      "Show temperatures, counts and hot spots of thermal files; export and colour them");
  command->footer(
      "Reads radiometric JPEG, FFF, SEQ, CSQ (FLIR), R-JPEG (DJI), IJPEG and IRG (InfiRay), JPEG\n"
      "with HDRI (Hikmicro), PNG and TIFF of 16 bits, and headerless counts.\n"
      "Exit codes: 0 done; 1 hotter than --fail-above; 2 wrong usage or the only file failed;\n"
      "3 some files failed.");
  command->add_option("inputs", options->inputs, "files, folders or patterns")->required();
  command->add_flag("-r,--recursive", options->recursive, "go into folders of folders");
  CLI::Option* json =
      command->add_flag("--json", options->json, "an array of objects, as exiftool writes it");
  command->add_flag("--csv", options->spots.csv, "the spots as a table: a row for each area")
      ->excludes(json);
  add_spots_options(*command, options->spots);
  command->add_option("-o,--output", options->picture,
                      "write the picture in colours with a scale: a .png or .jpg file");
  command->add_option("--palette", options->palette, "white-hot, black-hot, ironbow or rainbow")
      ->check(CLI::IsMember({"white-hot", "black-hot", "ironbow", "rainbow"}))
      ->capture_default_str();
  command->add_option("--export", options->exported,
                      "write the counts: a .png or .tiff file of 16 bits");
  options->thermal.add_options(*command);
  add_scene_options(*command, options->scene);
  command->callback([options, &result] { result = run(*options); });
}

}  // namespace fliqe::tools
