// SPDX-License-Identifier: MIT
#include "dataset/picture_set.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fliqe/base/parallel.hpp>
#include <fliqe/distortion/augment.hpp>

#include "app/ordered_pipeline.hpp"
#include "dataset/entries.hpp"
#include "dataset/split.hpp"
#include "images/encode.hpp"
#include "io/inputs.hpp"
#include "io/lower_case.hpp"

namespace fliqe::tools {
namespace {

std::uint64_t seed_of(const PictureTask& task) {
  return (task.number + 1) * 1000 + task.copy;
}

/// What is made of one copy of a picture.
struct Versions {
  std::vector<KnownPicture> pictures;
  std::string error;
  bool is_copy = false;
};

Image image_of(const PictureTask& task, const PictureSet& set) {
  const std::string& path = task.entry.path;
  Image image =
      task.frame ? *task.frame : decode_picture(read_input(path), path, set.thermal).image;
  if (task.copy == 0) return image;
  Random random(seed_of(task));
  return augment(image, Augmentation::random(random), random);
}

Versions make_versions(const PictureSet& set, const PictureTask& task) {
  const Entry& entry = task.entry;
  Versions versions{{}, entry.error, task.copy > 0};
  if (!versions.error.empty()) return versions;
  try {
    Image image = image_of(task, set);
    if (!set.distorted) {
      versions.pictures.push_back(
          {entry.path, entry.label, entry.label, entry.source, std::move(image)});
      return versions;
    }
    for (const DistortionInfo& each : trained_distortions()) {
      versions.pictures.push_back(
          {entry.path, std::string(each.name), entry.label, entry.source,
           distort(image, DistortionSpec(each.kind), seed_of(task), through_jpeg)});
    }
  } catch (const std::exception& error) {
    return {{}, error.what(), task.copy > 0};
  }
  return versions;
}

}  // namespace

bool is_clean_label(const std::string& label) {
  const std::string lower = lower_case(label);
  return lower == "clean" || lower == "good" || lower == "0";
}

void PictureSet::add_options(CLI::App& command) {
  command.add_flag("-r,--recursive", recursive, "go into folders of folders");
  command.add_flag("--distort", distorted,
                   "take each picture under the nine distortions that FLIQE was trained on");
  command
      .add_option(
          "--every", every,
          "take each Nth frame of videos (.mp4, .mkv, .avi, ...; default: all), and of SEQ,\n"
          "CSQ and TIFF files, of which else --frame is taken")
      ->check(CLI::Range(1, 1'000'000'000));
  thermal.add_options(command);
  thermal.add_source_option(command);
}

CLI::Option* PictureSet::add_images_option(CLI::App& command) {
  add_options(command);
  return command.add_option("--images", images, "files, folders, patterns or a .csv of labels");
}

std::size_t PictureSet::count() const {
  const std::vector<Entry> entries = entries_of(*this);
  if (std::ranges::any_of(entries, &Entry::is_video)) return 0;
  const std::size_t versions = distorted ? trained_distortions().size() : 1;
  return entries.size() * (static_cast<std::size_t>(augmented) + 1) * versions;
}

std::set<std::string> PictureSet::units(const std::string& split) const {
  std::set<std::string> units;
  for (const Entry& entry : entries_of(*this)) units.insert(unit_of(entry, split));
  return units;
}

std::size_t PictureSet::for_each(const std::function<void(KnownPicture&&)>& take) const {
  PictureTasks tasks(*this, entries_of(*this));
  const int threads = default_thread_count();
  // Distorting takes longer than scoring: it is done ahead, on all cores.
  OrderedPipeline<PictureTask, Versions> made(
      threads, static_cast<std::size_t>(threads), [&] { return tasks.next(); },
      [&](PictureTask&& task) { return make_versions(*this, task); });
  std::size_t failed = 0, taken = 0;
  while (auto versions = made.next()) {
    if (!versions->error.empty() && !versions->is_copy) {
      std::fprintf(stderr, "fliqe: %s\n", versions->error.c_str());
      ++failed;
    }
    for (KnownPicture& picture : versions->pictures) {
      take(std::move(picture));
      ++taken;
    }
  }
  require(taken > 0, ErrorCode::invalid_argument, "no picture could be read");
  return failed;
}

}  // namespace fliqe::tools
