// SPDX-License-Identifier: MIT
// What happens when not a file but the machine is at fault, or when there is very much or very
// little of everything.
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fliqe/base/byte_reader.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "io/output.hpp"
#include "support/files.hpp"
#include "support/flir_writer.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

std::string quoted(const std::string& path) {
  return "'" + path + "'";
}

std::string example(const std::string& name) {
  return quoted((example_images() / name).string());
}

std::size_t files_in(const TemporaryDir& dir) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()));
}

/// A radiometric file of `frames` frames.
std::string sequence(int frames) {
  FlirWriter writer;
  writer.raw = {640, 512, std::vector<std::uint16_t>(640 * 512)};
  std::iota(writer.raw.counts.begin(), writer.raw.counts.end(), std::uint16_t{0});
  const auto frame = writer.fff();
  std::string file;
  for (int i = 0; i < frames; ++i) file += detail::as_text(frame);
  return file;
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

std::string chunk(const std::string& kind, const std::string& data) {
  const std::string covered = kind + data;
  const auto crc =
      ::crc32(0, reinterpret_cast<const Bytef*>(covered.data()), static_cast<uInt>(covered.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + covered +
         big_endian(static_cast<std::uint32_t>(crc));
}

/// A grey PNG in which every pixel is black; written a row at a time, for it may be very large.
std::string black_png(std::uint32_t width, std::uint32_t height) {
  std::string packed;
  std::vector<Bytef> block(1 << 16);
  z_stream stream{};
  ::deflateInit(&stream, 1);
  const std::vector<Bytef> row(width + 1);
  for (std::uint32_t y = 0; y <= height; ++y) {
    stream.next_in = const_cast<Bytef*>(row.data());
    stream.avail_in = y < height ? static_cast<uInt>(row.size()) : 0;
    do {
      stream.next_out = block.data();
      stream.avail_out = static_cast<uInt>(block.size());
      ::deflate(&stream, y < height ? Z_NO_FLUSH : Z_FINISH);
      packed.append(reinterpret_cast<const char*>(block.data()), block.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  ::deflateEnd(&stream);
  return "\x89PNG\r\n\x1a\n" +
         chunk("IHDR", big_endian(width) + big_endian(height) + std::string("\x08\0\0\0\0", 5)) +
         chunk("IDAT", packed) + chunk("IEND", "");
}

/// Root may write anywhere; for the object's life this process is nobody.
class AsNobody {
 public:
  AsNobody() : was_root_(::geteuid() == 0 && ::seteuid(65534) == 0) {}
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (was_root_) static_cast<void>(::seteuid(0));
  }

 private:
  bool was_root_;
};

}  // namespace

TEST_CASE("given weights whose file is cut off or written over once it is open, they stay") {
  const TemporaryDir dir;
  const std::string path = dir / "weights";
  fs::copy(default_weights(), path);
  const auto expected = weights::read_safetensors(default_weights());
  const auto opened = weights::read_safetensors(path);
  fs::resize_file(path, 100);
  for (std::size_t i = 0; i < expected.tensors().size(); ++i) {
    const auto kept = opened.tensors()[i].bytes, original = expected.tensors()[i].bytes;
    REQUIRE(std::ranges::equal(kept, original));
  }
}

TEST_CASE("given a sequence that is cut off while it is scored, the program says so and ends") {
  const TemporaryDir dir;
  write_file(dir / "a.seq", sequence(400));
  const Finished done = test::fliqe(
      "video -q --format jsonl -o " + quoted(dir / "out") + " " + quoted(dir / "a.seq") +
      " & while [ ! -s " + quoted(dir / "out.part") + " ]; do sleep 0.05; done; truncate -s 5000 " +
      quoted(dir / "a.seq") + "; wait $!");
  CHECK(done.exit_code == 2);
  CHECK_THAT(done.errors, Catch::Contains("became shorter while it was read"));
}

TEST_CASE("given a full disk, each command names the file, and what was there before stays") {
  const TemporaryDir in;
  write_file(in / "a.fff", sequence(1));
  const std::string picture = example("0_120_60_0_09564.jpg");
  const std::string images = quoted(example_images().string());
  const std::vector<std::pair<std::string, std::string>> commands{
      {"score -q --format csv --embedding " + images + " -o", "scores.csv"},
      {"convert " + quoted(default_weights()), "weights.safetensors"},
      {"distort " + picture + " --type GaussianNoise -o", "noise.png"},
      {"heatmap " + picture + " --grid 2 --part 1 -o", "heat.png"},
      {"embed --layer trunk " + images + " -o", "vectors.npy"},
      {"thermal " + quoted(in / "a.fff") + " --palette ironbow -o", "colors.png"}};
  for (const auto& [command, name] : commands) {
    const TemporaryDir out;
    write_file(out / name, std::string("before"));
    // Files of at most 4 KiB.
    const Finished done =
        test::fliqe(command + " " + quoted(out / name), "trap '' XFSZ; ulimit -f 8;");
    INFO(command << "\n" << done.errors);
    CHECK(done.exit_code == 2);
    CHECK_THAT(done.errors, Catch::Contains(name + ": cannot write: File too large"));
    CHECK(read_text(out / name) == "before");
    CHECK(files_in(out) == 1);
  }
}

TEST_CASE("given a folder in which nobody may write, the error names the file and the reason") {
  const TemporaryDir dir;
  fs::permissions(dir.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const AsNobody nobody;
  CHECK_THROWS_WITH(tools::write_file(dir / "scores.csv", "x"),
                    Catch::Contains("scores.csv: cannot write: Permission denied"));
}

TEST_CASE("given too little memory, the program says so; it never crashes", "[memory_limit]") {
  if (slowed) return skip("sanitizers reserve terabytes, emulators need memory themselves");
  const std::string picture = example("0_120_60_0_09564.jpg");
  int ran_out = 0;
  for (int mebibytes = 600; mebibytes >= 8; mebibytes -= 4) {
    const Finished done =
        test::fliqe("score -q --threads 1 " + picture,
                    "ulimit -v " + std::to_string(mebibytes * 1024) + "; OMP_NUM_THREADS=1");
    INFO(mebibytes << " MiB: " << done.errors);
    if (done.errors.find("error while loading shared libraries") != std::string::npos) break;
    CHECK((done.exit_code == 0 || done.exit_code == 2 || done.exit_code == 3));
    if (done.exit_code == 0) continue;
    ++ran_out;
    CHECK_THAT(done.errors, Catch::Contains("memory") || Catch::Contains("cannot start a thread"));
  }
  CHECK(ran_out > 0);
}

TEST_CASE("given Ctrl-C or a request to end, what was scored by then is written and complete") {
  const std::string signal = GENERATE("INT", "TERM");
  const TemporaryDir dir;
  const std::string line = (example_images() / "0_120_60_0_09564.jpg").string() + "\n";
  std::string list;
  constexpr std::size_t count = 200'000;
  for (std::size_t i = 0; i < count; ++i) list += line;
  write_file(dir / "list", list);
  const Finished done =
      test::fliqe("score -q --format jsonl -o " + quoted(dir / "out") + " --files-from " +
                  quoted(dir / "list") + " & while [ ! -s " + quoted(dir / "out.part") +
                  " ]; do sleep 0.1; done; kill -" + signal + " $!; wait $!");
  CHECK(done.exit_code == 130);
  REQUIRE(fs::exists(dir / "out"));
  CHECK_FALSE(fs::exists(dir / "out.part"));
  std::istringstream lines(read_text(dir / "out"));
  std::size_t found = 0;
  for (std::string each; std::getline(lines, each); ++found) {
    REQUIRE(nlohmann::json::parse(each).at("quality").is_number());
  }
  CHECK(found > 0);
  CHECK(found < count);
}

TEST_CASE(
    "given pictures from one pixel to the limit, black is black; beyond it they are refused") {
  const TemporaryDir dir;
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes{
      {1, 1}, {1, 65535}, {65535, 1}, {2, 3}, {223, 225}, {640, 512}, {16384, 16384}};
  for (const auto& [width, height] : sizes) {
    write_file(dir / std::to_string(width) + "x" + std::to_string(height) + ".png",
               black_png(width, height));
  }
  const Finished done = test::fliqe("score -q --threads 1 " + quoted(dir.path().string()));
  CHECK(done.exit_code == 0);
  std::istringstream lines(done.output);
  std::vector<std::string> scores;
  for (std::string line; std::getline(lines, line);) scores.push_back(line.substr(0, 6));
  CHECK(scores == std::vector<std::string>(sizes.size(), scores.at(0)));

  write_file(dir / "30000x20000.png", black_png(30000, 20000));
  const Finished refused = test::fliqe("score -q " + quoted(dir / "30000x20000.png"));
  CHECK(refused.exit_code == 3);
  CHECK_THAT(refused.errors,
             Catch::Contains("expected at most 268435456 pixels, found 30000x20000"));
}
