// SPDX-License-Identifier: MIT
#include "pictures/picture_set.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fliqe/base/parallel.hpp>
#include <fliqe/distortion/augment.hpp>

#include "app/ordered_pipeline.hpp"
#include "images/encode.hpp"
#include "io/csv.hpp"
#include "io/inputs.hpp"
#include "io/lower_case.hpp"
#include "pictures/split.hpp"

namespace fliqe::tools {
namespace {

namespace fs = std::filesystem;

/// A picture that has not been read yet.
struct Entry {
  std::string path, label, source, error;
};

void add_table(const std::string& path, std::vector<Entry>& entries) {
  const CsvTable table = read_csv(path);
  const std::size_t file = table.column("file"), label = table.column("label");
  for (const std::vector<std::string>& row : table.rows) {
    const fs::path picture = fs::path(path).parent_path() / row[file];
    const std::string source =
        table.has("group") ? row[table.column("group")] : picture.parent_path().string();
    entries.push_back({picture.string(), row[label], source, {}});
  }
}

std::vector<Entry> entries_of(const PictureSet& set) {
  std::vector<Entry> entries;
  std::vector<std::string> pictures;
  for (const std::string& each : set.images) {
    if (each.ends_with(".csv")) {
      add_table(each, entries);
    } else {
      pictures.push_back(each);
    }
  }
  if (pictures.empty()) return entries;
  for (const Input& input : expand_inputs(pictures, set.recursive)) {
    const fs::path folder = fs::path(input.path).parent_path();
    const std::string label = folder.filename().string();
    entries.push_back({input.path, label.empty() ? "." : label, folder.string(), input.error});
  }
  return entries;
}

/// What is made of one copy of a picture.
struct Versions {
  std::vector<KnownPicture> pictures;
  std::string error;
};

/// @param copy  0 for the picture itself, else it is augmented
Versions make_versions(const PictureSet& set, const Entry& entry, std::size_t index,
                       std::size_t copy) {
  if (!entry.error.empty()) return {{}, entry.error};
  try {
    Image image = decode_picture(read_input(entry.path), entry.path, set.thermal).image;
    const std::uint64_t seed = (index + 1) * 1000 + copy;
    if (copy > 0) {
      Random random(seed);
      image = augment(image, Augmentation::random(random), random);
    }
    if (!set.distorted) return {{{entry.path, entry.label, entry.source, std::move(image)}}, {}};
    Versions versions;
    for (const DistortionInfo& each : trained_distortions()) {
      versions.pictures.push_back({entry.path, std::string(each.name), entry.source,
                                   distort(image, DistortionSpec(each.kind), seed, through_jpeg)});
    }
    return versions;
  } catch (const std::exception& error) {
    return {{}, error.what()};
  }
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
  thermal.add_options(command);
  thermal.add_source_option(command);
}

CLI::Option* PictureSet::add_images_option(CLI::App& command) {
  add_options(command);
  return command.add_option("--images", images, "files, folders, patterns or a .csv of labels");
}

std::size_t PictureSet::count() const {
  const std::size_t versions = distorted ? trained_distortions().size() : 1;
  return entries_of(*this).size() * (static_cast<std::size_t>(augmented) + 1) * versions;
}

std::set<std::string> PictureSet::units(const std::string& split) const {
  std::set<std::string> units;
  for (const Entry& entry : entries_of(*this)) units.insert(unit_of(entry, split));
  return units;
}

std::size_t PictureSet::for_each(const std::function<void(KnownPicture&&)>& take) const {
  const std::vector<Entry> entries = entries_of(*this);
  const auto copies = static_cast<std::size_t>(augmented) + 1;
  const int threads = default_thread_count();
  // Distorting takes longer than scoring: it is done ahead, on all cores.
  OrderedPipeline<std::size_t, Versions> made(
      threads, static_cast<std::size_t>(threads), numbers_below(entries.size() * copies),
      [&](std::size_t i) {
        return make_versions(*this, entries[i / copies], i / copies, i % copies);
      });
  std::size_t failed = 0;
  for (std::size_t i = 0; auto versions = made.next(); ++i) {
    if (!versions->error.empty() && i % copies == 0) {
      std::fprintf(stderr, "fliqe: %s\n", versions->error.c_str());
      ++failed;
    }
    for (KnownPicture& picture : versions->pictures) take(std::move(picture));
  }
  require(failed < entries.size(), ErrorCode::invalid_argument, "no picture could be read");
  return failed;
}

}  // namespace fliqe::tools
