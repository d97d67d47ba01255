// SPDX-License-Identifier: MIT
// Every command takes a PyTorch checkpoint where it takes a safetensors file.
#include <catch2/catch.hpp>
#include <fliqe/quality/fliqe.hpp>
#include <fliqe/weights/load_weights.hpp>
#include <fliqe/weights/safetensors.hpp>

#include "support/checkpoint_writer.hpp"
#include "support/files.hpp"
#include "support/program.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

const std::string picture = "'" + (example_images() / "0_120_60_0_09564.jpg").string() + "'";

/// The default weights as a checkpoint.
void write_checkpoint(const std::string& path) {
  write_file(path, checkpoint_of(weights::read_safetensors(default_weights())));
}

/// What a command writes to standard output and to the file that {out} or {out.png} stands for.
std::string results(const TemporaryDir& dir, std::string command, const std::string& weights) {
  const auto put = [&](const std::string& mark, const std::string& text) {
    for (std::size_t at; (at = command.find(mark)) != std::string::npos;) {
      command.replace(at, mark.size(), "'" + text + "'");
    }
  };
  const std::string out = dir / "out", drawing = dir / "out.png";
  for (const std::string& file : {out, drawing}) fs::remove(file);
  put("{weights}", weights);
  put("{out}", out);
  put("{out.png}", drawing);
  put("{dir}", dir.path().string());
  const Finished done = test::fliqe(command);
  INFO(command << "\n" << done.errors);
  REQUIRE(done.exit_code == 0);
  const std::string found = done.output + read_text(out) + read_text(drawing);
  CHECK_FALSE(found.empty());
  return found;
}

/// Features of two pictures under all distortions, as the training commands take them.
void write_features(const TemporaryDir& dir) {
  const std::string other = " '" + (example_images() / "0_120_80_0_09620.jpg").string() + "'";
  for (const std::string layer : {"trunk", "embedding"}) {
    const Finished done = test::fliqe("embed --distort --layer " + layer + " -o '" +
                                      dir / (layer + ".npy") + "' " + picture + other);
    INFO(done.errors);
    REQUIRE(done.exit_code == 0);
  }
}

}  // namespace

TEST_CASE("given a checkpoint, its tensors are those of the safetensors file") {
  const TemporaryDir dir;
  write_checkpoint(dir / "w.pth");
  const auto expected = weights::read_safetensors(default_weights());
  const auto found = load_weights(dir / "w.pth");
  CHECK(found.name() == dir / "w.pth");
  REQUIRE(found.tensors().size() == expected.tensors().size());
  for (const weights::TensorEntry& tensor : expected.tensors()) {
    INFO(tensor.name);
    REQUIRE(found.at(tensor.name).dtype == tensor.dtype);
    REQUIRE(found.at(tensor.name).shape == tensor.shape);
    REQUIRE(std::ranges::equal(found.at(tensor.name).bytes, tensor.bytes));
  }
  const FLIQE<CompactResNet50> from_pth(found), from_safetensors(default_weights());
  const Image image{40, 30, PixelFormat::gray8, std::vector<std::uint8_t>(1200, 77)};
  CHECK(from_pth.assess(image).logit == from_safetensors.assess(image).logit);
}

TEST_CASE("given a checkpoint of any name, every command computes as with a safetensors file") {
  const TemporaryDir dir;
  write_checkpoint(dir / "weights.bin");
  const std::string training = " --split picture --epochs 2 --json --weights {weights} -o {out}";
  const std::string command =
      GENERATE_COPY("score -q --format jsonl --embedding --weights {weights} " + picture,
                    "classify --format csv --weights {weights} " + picture,
                    "embed --weights {weights} " + picture,
                    "eval --distort --scores {out} --weights {weights} " + picture + " > /dev/null",
                    "tsne --distort --perplexity 2 --weights {weights} " + picture,
                    "heatmap --grid 3 --csv - --weights {weights} -o {out.png} " + picture,
                    "distort --weights {weights} -o {out.png} " + picture,
                    "compare-precision --precision bf16 --weights {weights} --images " + picture,
                    "quantize {weights} --clip max -o {out} --images " + picture,
                    "train-head --features {dir}/embedding.npy" + training,
                    "train-encoder --features {dir}/trunk.npy" + training);
  INFO(command);
  if (command.starts_with("train")) write_features(dir);
  const std::string expected = results(dir, command, default_weights());
  // The metadata names the source; the rest of what is made is the same.
  const bool makes_weights = command.find("-o {out}") != std::string::npos &&
                             (command.starts_with("quantize") || command.starts_with("train"));
  const auto made = [&] { return weights::read_safetensors(dir / "out"); };
  if (!makes_weights) {
    CHECK(results(dir, command, dir / "weights.bin") == expected);
    return;
  }
  const weights::TensorSet before = made();
  results(dir, command, dir / "weights.bin");
  const weights::TensorSet after = made();
  REQUIRE(after.tensors().size() == before.tensors().size());
  for (const weights::TensorEntry& tensor : before.tensors()) {
    INFO(tensor.name);
    REQUIRE(std::ranges::equal(after.at(tensor.name).bytes, tensor.bytes));
  }
}

TEST_CASE("given a checkpoint, doctor, video and watch load it, and so does FLIQE_WEIGHTS") {
  const TemporaryDir dir;
  write_checkpoint(dir / "w.pth");
  const std::string weights = "'" + dir / "w.pth" + "'";
  const Finished doctor = test::fliqe("doctor --weights " + weights);
  CHECK(doctor.exit_code == 0);
  CHECK_THAT(doctor.output, Catch::Contains("w.pth: resnet50-width16, full model"));
  const Finished score = test::fliqe("score " + picture, "FLIQE_WEIGHTS=" + weights);
  CHECK(score.exit_code == 0);
  CHECK(score.output == test::fliqe("score " + picture).output);
  // Both load the weights before they look for frames.
  for (const char* command : {"video", "watch"}) {
    const std::string arguments = std::string(command) + " /nonexistent.seq --weights ";
    CHECK_THAT(test::fliqe(arguments + weights).errors, !Catch::Contains("w.pth"));
    CHECK_THAT(test::fliqe(arguments + "/nonexistent.pth").errors, Catch::Contains("/nonexistent"));
  }
}

TEST_CASE("given a checkpoint that is cut off or hostile, every loader says file and reason") {
  const TemporaryDir dir;
  const std::string path = dir / "w.pth";
  const std::string whole = checkpoint_of(weights::read_safetensors(default_weights()));
  const std::string hostile =
      ZipWriter()
          .add("a/data.pkl",
               pickle::stream(pickle::global("os", "system") +
                              pickle::tuple(pickle::text("touch '" + dir / "run'")) + "R"))
          .add("a/version", "3\n")
          .finish();
  const auto [file, reason] = GENERATE_COPY(table<std::string, std::string>(
      {{whole.substr(0, whole.size() / 2), "the file is truncated or no zip archive"},
       {whole.substr(0, whole.size() - 1), "the file is truncated or no zip archive"},
       {hostile, "a pickled object of class 'os system'"},
       {ZipWriter().add("a/version", "3\n").finish(), "found a zip archive without data.pkl"}}));
  write_file(path, file);
  const Finished done = test::fliqe("score --weights '" + path + "' " + picture);
  CHECK(done.exit_code == 2);
  CHECK_THAT(done.errors, Catch::Contains(path + ": ") && Catch::Contains(reason));
  CHECK_THROWS_WITH(load_weights(path), Catch::StartsWith(path) && Catch::Contains(reason));
  CHECK_FALSE(fs::exists(dir / "run"));
}

TEST_CASE("given a checkpoint of another network, the error says what differs") {
  const TemporaryDir dir;
  const auto complete = weights::read_safetensors(default_weights());
  weights::TensorSet other("other");
  for (const weights::TensorEntry& tensor : complete.tensors()) {
    if (tensor.name != "classifier.6.bias") other.add(tensor);
  }
  write_file(dir / "w.pth", checkpoint_of(other));
  const Finished done = test::fliqe("score --weights '" + dir / "w.pth" + "' " + picture);
  CHECK(done.exit_code == 2);
  CHECK_THAT(done.errors,
             Catch::Contains(dir / "w.pth") && Catch::Contains("missing (1): classifier.6.bias"));
}
