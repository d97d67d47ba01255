// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/base/file.hpp>
#include <fliqe/image/load.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <random>

#include "pth/parse_pth.hpp"
#include "pth/pickle.hpp"
#include "pth/zip_archive.hpp"
#include "support/files.hpp"
#include "support/pickle_writer.hpp"
#include "support/zip_writer.hpp"

using namespace fliqe;
using namespace fliqe::test;
namespace pk = fliqe::test::pickle;

namespace {

std::span<const std::byte> view(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::vector<std::byte> fixture(const std::string& name) {
  return read_file((source_dir() / "tests/data/pth" / name).string());
}

/// The elements of a tensor of any type.
std::vector<double> numbers(const weights::TensorEntry& tensor) {
  if (tensor.dtype == weights::DType::i64) {
    std::vector<std::int64_t> values(tensor.bytes.size() / 8);
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return {values.begin(), values.end()};
  }
  const weights::FloatTensor floats(tensor);
  return {floats.values().begin(), floats.values().end()};
}

/// A PyTorch archive around a pickle, with one storage "0".
std::string archive(const std::string& data_pkl, const std::string& storage = std::string(16, '\0'),
                    ZipWriter::Options options = {}) {
  return ZipWriter(options)
      .add("a/data.pkl", data_pkl)
      .add("a/data/0", storage)
      .add("a/version", "3\n")
      .finish();
}

void refused(const std::string& file, const std::string& message) {
  INFO("expected: " << message);
  try {
    pth::parse_pth(view(file), "x.pth");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Catch::StartsWith("x.pth") && Catch::Contains(message));
  }
}

}  // namespace

TEST_CASE("given each container that PyTorch writes, all tensors are read in row-major order") {
  const std::string name = GENERATE("stored.pth", "deflated.pth", "legacy.pth", "wrapped.pth");
  const auto file = fixture(name);
  const weights::TensorSet dict = pth::parse_pth(file, name);
  REQUIRE(dict.tensors().size() == 10);
  using weights::DType;
  const std::vector<std::tuple<std::string, DType, weights::Shape>> expected{
      {"f32", DType::f32, {2, 3}},
      {"f16", DType::f16, {3}},
      {"bf16", DType::bf16, {3}},
      {"f64", DType::f64, {2, 2}},
      {"i64", DType::i64, {}},
      {"channels_last", DType::f32, {2, 3, 2, 2}},
      {"transposed", DType::f32, {3, 2}},
      {"slice_of_shared", DType::f32, {3}},
      {"parameter", DType::f32, {4}},
      {"empty", DType::f32, {0, 3}},
  };
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const weights::TensorEntry& tensor = dict.tensors()[i];
    INFO(tensor.name);
    CHECK(std::tuple(tensor.name, tensor.dtype, tensor.shape) == expected[i]);
    const std::vector<double> values = numbers(tensor);
    REQUIRE(values.size() == *weights::element_count(tensor.shape));
    for (std::size_t j = 0; j < values.size(); ++j) CHECK(values[j] == static_cast<double>(j));
  }
}

TEST_CASE("given wrappers and prefixes, they are taken off and reported") {
  const auto file = fixture("wrapped.pth");
  const auto notes = pth::parse_pth(file, "w.pth").notes();
  CHECK(notes ==
        std::vector<std::string>{"unwrapped 'state_dict'", "stripped 'module.' from all names"});
}

TEST_CASE("given zip64 and deflated archives, their contents are the same") {
  const bool deflate = GENERATE(false, true), zip64 = GENERATE(false, true);
  const float values[] = {1, 2, 3, 4};
  const std::string storage(reinterpret_cast<const char*>(values), sizeof(values));
  const std::string file =
      archive(pk::one_tensor(pk::storage("0", 4), 1, pk::integer(3), pk::integer(1)), storage,
              {.deflate = deflate, .zip64 = zip64});
  const weights::TensorSet dict = pth::parse_pth(view(file), "x.pth");
  REQUIRE(dict.tensors().size() == 1);
  CHECK(numbers(dict.tensors()[0]) == std::vector<double>{2, 3, 4});
}

TEST_CASE("given files that hold no state dict, the error says what they hold") {
  const auto error_of = [](const std::string& name) -> std::string {
    const auto file = fixture(name);
    try {
      pth::parse_pth(file, name);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  CHECK_THAT(error_of("whole_module.pth"), Catch::Contains("torch.nn.modules.linear Linear"));
  CHECK_THAT(error_of("list.pth"), Catch::Contains("expected a state dict"));
  CHECK_THAT(error_of("torchscript.pth"), Catch::Contains("TorchScript"));
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");
  refused(tar, "tar format");
  refused("hello", "expected a PyTorch checkpoint");
  refused(ZipWriter().add("a/b", "c").finish(), "without data.pkl");
  refused(ZipWriter().add("a/data.pkl", "").add("a/byteorder", "big").finish(), "little-endian");
}

TEST_CASE("given a pickle that would execute something, nothing happens but an error") {
  const std::string call = pk::global("os", "system") + pk::tuple(pk::text("touch /tmp/x")) + "R";
  refused(archive(pk::stream(call)), "pickled object of class 'os system'");
  refused(archive(pk::stream(pk::dict(pk::text("t") + call))), "expected a dict of tensors");
  refused(archive(pk::stream("(i"
                             "os\nsystem\n")),
          "opcode 105");
  refused(archive(pk::stream("\x93")), "stack is too short");
  refused(archive(pk::header + "\x97."), "opcode 151");
}

TEST_CASE("given broken pickles, each is refused with its reason") {
  refused(archive(""), "expected 1 more bytes");
  refused(archive("\x80\x09."), "protocol");
  refused(archive(pk::header), "more bytes");
  refused(archive(pk::stream("")), "the stack is empty");
  refused(archive(pk::stream("t")), "no mark");
  refused(archive(pk::stream("h\x07")), "memo 7 was never written");
  refused(archive(pk::stream("N(K\x01u")), "without a value");
  refused(archive(pk::stream("N(K\x01K\x02u")), "expected a dict");
  refused(archive(pk::stream("}K\x01"
                             "a")),
          "expected a list");
  refused(archive(pk::stream("NNR")), "tuple of arguments");
  refused(archive(pk::stream("X" + bytes_of(0xfffffff0u) + "abc")), "a string of");
  refused(archive(pk::stream("X" + bytes_of(1000u) + "abc")), "expected 1000 more bytes");
  refused(archive(pk::header + std::string(1'000'001, 'N') + pk::stop), "a million values");
}

TEST_CASE("given a name twice, the checkpoint is refused") {
  const std::string tensor = pk::tensor(pk::storage("0", 4), 0, pk::integer(4), pk::integer(1));
  const std::string twice = pk::text("t") + tensor + pk::text("t") + tensor;
  refused(archive(pk::stream(pk::dict(twice))), "tensor 't': appears twice");
  // One long name, remembered once and named often: 64 KiB for each two bytes.
  std::string items = pk::text(std::string(60'000, 'n')) + "q\x01" + tensor;
  for (int i = 0; i < 10'000; ++i) items += "h\x01" + tensor;
  refused(archive(pk::stream(pk::dict(items))), "appears twice");
}

TEST_CASE("given names with thousands of prefixes, all are taken off in one go") {
  std::string prefix;
  for (int i = 0; i < 9'000; ++i) prefix += "module.";
  std::string items;
  for (int i = 0; i < 200; ++i) {
    items += pk::text(prefix + std::to_string(i)) +
             pk::tensor(pk::storage("0", 4), 0, pk::integer(4), pk::integer(1));
  }
  const std::string file = archive(pk::stream(pk::dict(items)), std::string(16, '\0'));
  const weights::TensorSet dict = pth::parse_pth(view(file), "x.pth");
  REQUIRE(dict.tensors().size() == 200);
  CHECK(dict.tensors()[199].name == "199");
}

TEST_CASE("given an archive that unpacks to very much, it is refused before that") {
  ZipWriter bomb({.deflate = true});
  bomb.add("a/data.pkl", std::string((16 << 20) + 1, 'N'));
  const std::string file = bomb.finish();
  CHECK(file.size() < 20'000);
  refused(file, "larger than 16 MiB");
}

TEST_CASE("given a pickle nested deeper than any stack, it is read without recursion") {
  std::string nested = "N";
  for (int i = 0; i < 300'000; ++i) nested += "\x85";
  refused(archive(pk::stream(nested)), "expected a state dict");
}

TEST_CASE("given tensors that lie about themselves, none is read") {
  const auto one = [](std::int64_t offset, const std::string& sizes, const std::string& strides,
                      std::int64_t count = 4) {
    return archive(pk::one_tensor(pk::storage("0", count), offset, sizes, strides));
  };
  const auto n = [](std::int64_t value) { return pk::integer(value); };
  refused(one(0, n(5), n(1)), "more elements than its storage");
  refused(one(2, n(3), n(1)), "outside its storage");
  refused(one(0, n(2), n(4)), "outside its storage");
  refused(one(0, n(2), n(INT64_MAX)), "outside its storage");
  refused(one(INT64_MAX, n(2), n(1)), "outside its storage");
  refused(one(4, n(1), n(1)), "outside its storage");
  refused(one(0, n(-1), n(1)), "not negative");
  refused(one(0, n(2), n(-1)), "not negative");
  refused(one(-1, n(2), n(1)), "not negative");
  refused(one(0, n(2), n(1) + n(1)), "as many strides as sizes");
  refused(one(0, n((std::int64_t{1} << 32) + 1), n(1)), "more elements");  // 1 in 32 bits
  refused(one(0, n(INT64_MAX) + n(INT64_MAX), n(0) + n(0)), "more elements");
  refused(one(0, n(4) + n(4), n(0) + n(1)), "more elements");  // a stride of 0 multiplies data
  refused(one(0, n(4), n(1), 5), "expected a storage of 20 bytes, found 16");
  // 2^62 + 4 elements of 4 bytes wrap around to 16 bytes.
  refused(one(0, n(4), n(1), (std::int64_t{1} << 62) + 4), "storage of a known type");
  refused(archive(pk::one_tensor(pk::storage("9", 4), 0, n(4), n(1))), "'a/data/9' is missing");
  refused(archive(pk::one_tensor(pk::storage("0", 4, "QuantumStorage"), 0, n(4), n(1))),
          "storage of a known type");
  refused(archive(pk::stream(
              pk::dict(pk::text("t") + pk::global("torch._utils", "_rebuild_tensor_v2") + ")R"))),
          "expected storage, offset, size and stride");
}

TEST_CASE("given many strided views of one storage, memory stays bounded") {
  std::string items;
  for (int i = 0; i < 50; ++i) {
    items += pk::text("t" + std::to_string(i)) + pk::tensor(pk::storage("0", 1024), 0,
                                                            pk::integer(32) + pk::integer(32),
                                                            pk::integer(1) + pk::integer(32));
  }
  refused(archive(pk::stream(pk::dict(items)), std::string(4096, '\0')), "overlap too much");
}

TEST_CASE("given broken archives, each is refused with its reason") {
  using Lies = ZipWriter::Lies;
  const std::string data = pk::one_tensor(pk::storage("0", 4), 0, pk::integer(4), pk::integer(1));
  const std::string zeros(16, '\0');
  const auto lying = [&](const Lies& lies, bool deflate = false) {
    return ZipWriter({.deflate = deflate})
        .add("a/data.pkl", data)
        .add("a/data/0", zeros, lies)
        .finish();
  };
  refused(lying({.crc_change = 1}), "CRC-32");
  refused(lying({.size_change = 1000}), "lies outside the file");
  refused(lying({.size_change = 1'000'000, .crc_change = 0}, true), "more than deflate can hold");
  refused(lying({.size_change = 10}, true), "does not unpack to the size");
  refused(lying({.size_change = -10}, true), "does not unpack to the size");
  refused(lying({.flags = 1}), "encrypted");
  refused(lying({.local_name = "a/data/1"}), "names another record");
  refused(lying({.offset_change = 1}), "expected a local header");
  refused(lying({.offset_change = 1'000'000}), "lies outside the file");
  refused(ZipWriter().add("a/data.pkl", data).add("a/data.pkl", data).finish(), "appears twice");

  std::string good = archive(data);
  refused(good.substr(0, good.size() - 1), "no end of central directory");
  refused(good.substr(0, 50), "no end of central directory");
  std::string moved = good;
  moved[good.size() - 6] = '\x7f';  // offset of the directory
  CHECK_THROWS_AS(pth::parse_pth(view(moved), "x.pth"), Error);
  std::string method = good;
  method[good.find("PK\x01\x02") + 10] = 12;  // bzip2
  refused(method, "found method 12");

  // Two records in one place: the second entry of the directory points to the first record.
  const std::string twin = ZipWriter()
                               .add("a/data.pkl", data)
                               .add("a/data.pk2", data,
                                    {.offset_change = -static_cast<int>(data.size() + 30 + 10 + 7),
                                     .local_name = "a/data.pk2"})
                               .finish();
  CHECK_THROWS_AS(pth::parse_pth(view(twin), "x.pth"), Error);
}

TEST_CASE("given a zip64 directory that lies far away, it is refused") {
  std::string file = archive(pk::stream("N"), "", {.zip64 = true});
  const std::size_t locator = file.find("PK\x06\x07");
  const std::size_t end = file.find("PK\x06\x06");
  for (const std::size_t field : {locator + 8, end + 24, end + 32, end + 40, end + 48}) {
    for (const std::uint64_t value : {~std::uint64_t{0}, std::uint64_t{1} << 63}) {
      std::string broken = file;
      broken.replace(field, 8, bytes_of(value));
      CHECK_THROWS_AS(pth::parse_pth(view(broken), "x.pth"), Error);
    }
  }
}

TEST_CASE("given damaged or truncated checkpoints, reading fails or succeeds but never crashes") {
  const std::string name = GENERATE("stored.pth", "deflated.pth", "legacy.pth", "wrapped.pth");
  const auto whole = fixture(name);
  const auto attempt = [&](std::span<const std::byte> bytes) {
    try {
      pth::parse_pth(bytes, name);
    } catch (const Error&) {
    }
  };
  for (std::size_t size = 0; size < whole.size(); ++size) attempt(std::span(whole).first(size));
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> bytes = whole;
    for (unsigned i = 0; i <= random() % 4; ++i) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    attempt(bytes);
  }
  SUCCEED();
}
