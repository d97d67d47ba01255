// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cstring>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <string>
#include <vector>

using namespace fliqe;

namespace {

std::vector<std::byte> file_of(const std::string& header, std::size_t data_size) {
  const std::uint64_t size = header.size();
  std::vector<std::byte> bytes(8 + header.size() + data_size);
  std::memcpy(bytes.data(), &size, 8);
  std::memcpy(bytes.data() + 8, header.data(), header.size());
  return bytes;
}

ErrorCode code_of(const std::vector<std::byte>& bytes, const std::string& message) {
  try {
    weights::parse_safetensors(bytes, "a.safetensors");
  } catch (const Error& error) {
    INFO(error.what());
    CHECK(std::string(error.what()).starts_with("a.safetensors: "));
    CHECK_THAT(error.what(), Catch::Contains(message));
    return error.code();
  }
  FAIL("no error; expected: " << message);
  return ErrorCode::io;
}

}  // namespace

TEST_CASE("given a well-formed file, its tensors and metadata are found") {
  const auto bytes = file_of(R"( {"__metadata__":{"a":"b \"c\" \u00e9\ud83d\ude00"},)"
                             R"("second":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},)"
                             R"("first":{"shape":[1,2],"data_offsets":[0,8],"dtype":"F32"}} )",
                             12);
  // A leading space is not allowed: the header begins with a brace.
  CHECK(code_of(bytes, "expected a safetensors file") == ErrorCode::unsupported_format);
  const auto good = file_of(R"({"__metadata__":{"a":"b \"c\" \u00e9\ud83d\ude00"},)"
                            R"("second":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},)"
                            R"("first":{"shape":[1,2],"data_offsets":[0,8],"dtype":"F32"}}   )",
                            12);
  const weights::TensorSet file = weights::parse_safetensors(good, "a.safetensors");
  REQUIRE(file.tensors().size() == 2);
  CHECK(file.tensors()[0].name == "first");
  CHECK(file.find("second")->dtype == weights::DType::f16);
  CHECK(file.find("second")->bytes.size() == 4);
  CHECK(file.find("third") == nullptr);
  CHECK(file.metadata("a") == "b \"c\" \xc3\xa9\xf0\x9f\x98\x80");
}

TEST_CASE("given hostile headers, every one is refused with its reason") {
  const auto one = [](const std::string& tensor, std::size_t data = 8) {
    return file_of("{\"t\":" + tensor + "}", data);
  };
  using enum ErrorCode;
  CHECK(code_of({}, "found 0 bytes") == unsupported_format);
  CHECK(code_of(std::vector<std::byte>(8), "expected a safetensors file") == unsupported_format);
  CHECK(code_of(file_of("{", 0), "expected a safetensors file") == unsupported_format);
  auto longer = file_of("{}", 0);
  longer[0] = std::byte{200};
  CHECK(code_of(longer, "expected a safetensors file") == unsupported_format);
  for (auto& byte : std::span(longer).first(8)) byte = std::byte{0xff};
  CHECK(code_of(longer, "expected a safetensors file") == unsupported_format);
  CHECK(code_of(file_of("{}x", 0), "end of the text") == corrupt_file);
  CHECK(code_of(file_of("{\"a", 0), "ends inside a string") == corrupt_file);
  CHECK(code_of(file_of("{}", 1), "tensors end at 0 of 1") == corrupt_file);
  CHECK(code_of(one(R"({"dtype":"F31","shape":[2],"data_offsets":[0,8]})"), "'F31'") ==
        unsupported_format);
  CHECK(code_of(one(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"), "unsigned") ==
        corrupt_file);
  CHECK(code_of(one(R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})"), "expected") ==
        corrupt_file);
  CHECK(code_of(one(R"({"dtype":"F32","shape":[02],"data_offsets":[0,8]})"), "unsigned") ==
        corrupt_file);
  CHECK(code_of(one(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})"), "lie outside") ==
        corrupt_file);
  CHECK(code_of(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,16]})"), "lie outside") ==
        corrupt_file);
  CHECK(code_of(one(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"), "needs 12 bytes") ==
        corrupt_file);
  CHECK(code_of(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1})"), "'x'") ==
        corrupt_file);
  CHECK(code_of(one(R"({"dtype":"F32","shape":[2]})"), "expected dtype") == corrupt_file);
  CHECK(code_of(one(R"({"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]})"),
                "at most 8") == corrupt_file);
  // 2^32 + 2 is 2 in 32 bits.
  CHECK(code_of(one(R"({"dtype":"F32","shape":[4294967298],"data_offsets":[0,8]})"), "shape") ==
        corrupt_file);
  // 2^62 elements of 4 bytes wrap around to 0.
  CHECK(code_of(one(R"({"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]})", 0),
                "out of range") == corrupt_file);
  CHECK(code_of(one(R"({"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]})"),
                "out of range") == corrupt_file);
  CHECK(code_of(one(R"({"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]})"),
                "unsigned 64-bit") == corrupt_file);
}

TEST_CASE("given headers nested without end or longer than the file, they are refused at once") {
  using enum ErrorCode;
  const std::string deep(1'000'000, '{');
  CHECK(code_of(file_of("{\"a\":" + deep, 0), "expected '\"'") == corrupt_file);
  CHECK(code_of(file_of("{\"__metadata__\":{\"a\":" + deep, 0), "expected '\"'") == corrupt_file);
  const std::string list(1'000'000, '[');
  CHECK(code_of(file_of("{\"a\":{\"shape\":" + list, 0), "unsigned 64-bit") == corrupt_file);
  auto endless = file_of("{}", 0);
  const std::uint64_t claimed = weights::max_safetensors_header + 1;
  std::memcpy(endless.data(), &claimed, sizeof(claimed));
  CHECK(code_of(endless, "expected a safetensors file") == unsupported_format);
}

TEST_CASE("given tensors that overlap, leave holes or share a name, the file is refused") {
  const auto two = [](const std::string& a, const std::string& b, const std::string& name = "b") {
    return file_of("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" + a + "},\"" + name +
                       "\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" + b + "}}",
                   8);
  };
  CHECK(code_of(two("[0,4]", "[0,4]"), "expected its data at 4") == ErrorCode::corrupt_file);
  CHECK(code_of(two("[0,4]", "[3,7]"), "expected its data at 4") == ErrorCode::corrupt_file);
  CHECK(code_of(two("[1,5]", "[4,8]"), "expected its data at 0") == ErrorCode::corrupt_file);
  CHECK(code_of(two("[0,4]", "[4,8]", "a"), "appears twice") == ErrorCode::corrupt_file);
}

TEST_CASE("given a PyTorch file, the message tells how to convert it") {
  std::vector<std::byte> zip(30);
  std::memcpy(zip.data(), "PK\x03\x04", 4);
  CHECK(code_of(zip, "fliqe convert") == ErrorCode::unsupported_format);
}

TEST_CASE("given each stored type, its elements come out as floats") {
  const float values[] = {1.5f, -2.0f};
  const double doubles[] = {1.5, -2.0};
  const std::uint16_t halves[] = {0x3e00, 0xc000}, brains[] = {0x3fc0, 0xc000};
  const auto check = [](weights::DType dtype, auto& stored) {
    const weights::FloatTensor tensor({"t", dtype, {2}, std::as_bytes(std::span(stored))});
    CHECK(tensor.values()[0] == 1.5f);
    CHECK(tensor.values()[1] == -2.0f);
  };
  check(weights::DType::f32, values);
  check(weights::DType::f64, doubles);
  check(weights::DType::f16, halves);
  check(weights::DType::bf16, brains);
  const std::int64_t integers[] = {1, 2};
  CHECK_THROWS_AS(
      weights::FloatTensor({"t", weights::DType::i64, {2}, std::as_bytes(std::span(integers))}),
      Error);
  // Unaligned data is copied.
  std::byte shifted[9];
  std::memcpy(shifted + 1, values, 8);
  CHECK(weights::FloatTensor({"t", weights::DType::f32, {2}, std::span(shifted).subspan(1)})
            .values()[1] == -2.0f);
}
