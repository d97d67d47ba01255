// SPDX-License-Identifier: MIT
// Writes files for the fuzz targets to begin with: one of each kind that the readers know.
// Usage: make_seeds FOLDER   (makes FOLDER/safetensors, FOLDER/pth, ...)
#include <cstring>
#include <filesystem>
#include <fliqe/model/built_in_networks.hpp>
#include <fliqe/model/network_json.hpp>
#include <string>
#include <vector>

#include "images/encode.hpp"
#include "images/tiff.hpp"
#include "io/npy.hpp"
#include "pth/zip_archive.hpp"
#include "support/files.hpp"
#include "support/flir_writer.hpp"
#include "support/thermal_writers.hpp"
#include "support/tiff_writer.hpp"
#include "support/zip_writer.hpp"
#include "weights/element_type.hpp"
#include "weights/safetensors_writer.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

std::string root;

template <class Contents>
void seed(const std::string& path, const Contents& contents) {
  const fs::path file = fs::path(root) / path;
  fs::create_directories(file.parent_path());
  test::write_file(file.string(), contents);
}

void weights_seeds() {
  const std::vector<float> values = {1, -2, 3.5f, 0, 5, 6};
  const auto bytes = std::as_bytes(std::span(values));
  weights::TensorSet tensors("seed", {}, {{"a", "b \"c\""}});
  tensors.add({"encoder.conv1.weight", weights::DType::f32, {2, 3}, bytes});
  tensors.add({"encoder.bn1.running_mean", weights::DType::f32, {2}, bytes.first(8)});
  for (const auto dtype : {weights::DType::f32, weights::DType::f16, weights::DType::bf16}) {
    const std::string name = std::string(weights::info(dtype).name);
    seed("safetensors/" + name,
         tools::serialize_safetensors(tools::with_element_type(tensors, dtype)));
  }
  const std::string header = R"({"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},)"
                             R"("b":{"dtype":"BF16","shape":[2,2],"data_offsets":[8,16]},)"
                             R"("c":{"dtype":"F64","shape":[1],"data_offsets":[16,24]},)"
                             R"("d":{"dtype":"I8","shape":[2,4],"data_offsets":[24,32]}}   )";
  // Halves that are zero, one, subnormal and infinite.
  seed("safetensors/types", bytes_of<std::uint64_t>(header.size()) + header +
                                bytes_of<std::uint64_t>(0x7c0000013c000000) +
                                bytes_of<std::uint64_t>(0x3f80400000008000) + bytes_of(0.1) +
                                bytes_of<std::uint64_t>(0x7f80ff0102030405));
}

void network_seeds() {
  for (const NetworkSpec& spec : built_in_networks()) seed("network/" + spec.name, to_json(spec));
  NetworkSpec spec{.name = "b\"s", .block = BlockKind::basic, .stages = {{2, 16, 1}, {1, 32, 2}}};
  spec.input.mean = {0.485f, 1e-5f, -3};
  spec.heads.push_back({"x", HeadKind::classes, {}, {"one", "two\n"}, "x."});
  seed("network/basic", to_json(spec));
}

void checkpoint_seeds() {
  int number = 0;
  for (const auto& entry : fs::directory_iterator(source_dir() / "tests/data/pth")) {
    if (entry.file_size() > 100'000) continue;
    const std::string file = read_text(entry.path().string());
    seed("pth/" + std::to_string(++number), file);
    const auto bytes = std::as_bytes(std::span(file));
    if (!pth::ZipArchive::is_zip(bytes)) continue;
    const pth::ZipArchive zip(bytes, entry.path().string());
    const std::string record = zip.top_folder() + "data.pkl";
    if (!zip.contains(record)) continue;
    std::vector<std::byte> storage;
    seed("pickle/" + std::to_string(number), std::string(pth::as_text(zip.read(record, storage))));
  }
  const std::string storage(64, '\1');
  for (const bool deflate : {false, true}) {
    for (const bool zip64 : {false, true}) {
      ZipWriter zip({.deflate = deflate, .zip64 = zip64});
      zip.add("a/data.pkl", pickle::header + "}q\0." + pickle::stop).add("a/data/0", storage);
      seed("pth/zip" + std::to_string(++number), zip.finish());
    }
  }
}

RawFrame slope() {
  RawFrame raw{24, 18, {}};
  for (int i = 0; i < 24 * 18; ++i) raw.counts.push_back(static_cast<std::uint16_t>(9000 + 7 * i));
  return raw;
}

void thermal_seeds() {
  FlirWriter writer;
  writer.raw = slope();
  seed("flir/big.fff", writer.fff());
  seed("flir/a.jpg", writer.jpeg());
  seed("flir/pieces.jpg", writer.jpeg(300));
  writer.order = std::endian::little;
  seed("flir/little.fff", writer.fff());
  writer.payload = tools::encode_gray16_png(slope());
  seed("flir/png.fff", writer.fff());
}

void dji_seeds() {
  DjiWriter writer{.raw = slope(), .picture_width = 24, .picture_height = 18};
  seed("dji/app3.jpg", writer.jpeg());
  writer.counts_in_app4 = true;
  writer.exif_order = std::endian::big;
  seed("dji/app4.jpg", writer.jpeg());
  writer.longest_segment = 300;
  seed("dji/pieces.jpg", writer.jpeg());
  seed("picture/dji.jpg", writer.jpeg());
}

void infiray_seeds() {
  IjpegWriter ijpeg{.raw = slope()};
  seed("ijpeg/bits16.jpg", ijpeg.jpeg());
  seed("picture/ijpeg.jpg", ijpeg.jpeg());
  ijpeg.bits = 8;
  ijpeg.high_gain = false;
  ijpeg.empty_planes = 0;
  seed("ijpeg/bits8.jpg", ijpeg.jpeg());
  IrgWriter irg{.raw = slope()};
  seed("irg/c200.irg", irg.file());
  seed("picture/c200.irg", irg.file());
  irg.kind = 0xabba;
  seed("irg/other.irg", irg.file());
  irg.kind = 0xa004;
  irg.mark = 0;
  seed("irg/p200.irg", irg.file());
}

void hikmicro_seeds() {
  HikmicroWriter writer{.raw = slope()};
  seed("hikmicro/a.jpeg", writer.jpeg());
  writer.before = writer.after = "HDRI" + std::string(44, '\xff');
  seed("hikmicro/letters.jpeg", writer.jpeg());
}

void tiff_seeds() {
  const std::vector<RawFrame> frames(3, slope());
  seed("tiff/little.tif", tiff_of(std::span(frames), std::endian::little));
  seed("tiff/big.tif", tiff_of(std::span(frames), std::endian::big));
  seed("tiff/bigtiff.tif", tiff_of(std::span(frames), std::endian::little, TiffLayout::big));
  const std::vector<TiffPage> grey(2, {24, 18, 8, FileBytes(24 * 18, std::byte{90})});
  seed("tiff/grey.tif", tiff_of(std::span(grey), std::endian::little));
  seed("tiff/deflate.tif", tools::encode_gray16_tiff(slope()));
}

/// Two by two pixels of 24 bits.
std::string bmp() {
  return "BM" + bytes_of<std::uint32_t>(70) + bytes_of<std::uint32_t>(0) +
         bytes_of<std::uint32_t>(54) + bytes_of<std::uint32_t>(40) + bytes_of<std::uint32_t>(2) +
         bytes_of<std::uint32_t>(2) + bytes_of<std::uint16_t>(1) + bytes_of<std::uint16_t>(24) +
         std::string(24, '\0') + std::string(16, '\x55');
}

void picture_seeds() {
  Image color{20, 14, PixelFormat::rgb8, {}};
  for (int i = 0; i < 20 * 14 * 3; ++i) color.pixels.push_back(static_cast<std::uint8_t>(i * 5));
  for (const std::string target : {"picture", "image"}) {
    seed(target + "/a.jpg", tools::encode_jpeg(color, 80));
    seed(target + "/a.png", tools::encode_png(color));
    seed(target + "/g16.png", tools::encode_gray16_png(slope()));
    seed(target + "/a.ppm", std::string("P6 2 2 255 abcdefghijkl"));
    seed(target + "/a.pgm", std::string("P5 3 2 255 abcdef"));
    seed(target + "/a.bmp", bmp());
  }
  for (const char orientation : {2, 6, 8}) {
    std::string jpeg(pth::as_text(tools::encode_jpeg(color, 80)));
    const std::string exif =
        std::string("Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 24) +
        std::string(1, orientation) + std::string(3, '\0');
    jpeg.insert(2, std::string("\xff\xe1\0", 3) + static_cast<char>(exif.size() + 2) + exif);
    seed("picture/turned" + std::to_string(orientation) + ".jpg", jpeg);
  }
  seed("picture/g16.tif", tools::encode_gray16_tiff(slope()));
  FlirWriter writer;
  writer.raw = slope();
  seed("picture/radiometric.jpg", writer.jpeg());
}

void table_seeds() {
  seed("tables/a.csv", std::string("path,label,group\r\na.png,clean,\"x, \"\"y\"\"\"\r\nb,c,d\n"));
  seed("tables/w.json", std::string(R"({"smoothing_window": 20, "alert": {"below": 0.5, "for": 3},
    "streams": [{"name": "a", "source": "b", "input_options": {"c": "d"}, "realtime": true}]})"));
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  header.resize(118, ' ');
  header.back() = '\n';
  seed("tables/a.npy", "\x93NUMPY\x01" + std::string(1, '\0') + bytes_of<std::uint16_t>(118) +
                           header + std::string(24, '\1'));
}

void http_seeds() {
  const auto part = [](const std::string& name) {
    return "--b\r\nContent-Type: image/png\r\nContent-Disposition: form-data; " + name +
           "\r\n\r\nbytes\r\n--\r\n";
  };
  seed("http/form", "multipart/form-data; boundary=b\n" + part("name=\"x\"; filename=\"a/b.png\"") +
                        part("name=y") + "--b--\r\n");
  seed("http/quoted",
       "Multipart/Form-Data; charset=x; boundary=\"b\"\n" + part("name=y") + "--b--");
  seed("http/query", std::string("/v1/score?agc=linear%3A1&name=a+b&&embedding=1"));
  seed("http/path", std::string("/v1/streams/north%20gate/frame.jpg"));
  seed("http/basic", std::string("Basic eDowMTIzNDU2Nzg5YWJjZGVm"));
  seed("http/bearer", std::string("bearer 0123456789abcdef"));
  seed("http/origin", std::string("https://[::1]:8000\n[::1]:8000"));
  for (const char* address : {"127.0.0.1:8000", "[::1]:81", "82", ":83"}) {
    seed(std::string("http/") + address, std::string(address));
  }
}

void fetch_seeds() {
  int number = 0;
  for (const char* text :
       {"http://H:80/a/./b/%2e%2e/c%20d?sig=%2f#x", "https://[0::1]:81/\xc3\xb6", "http://h./a",
        "http://u:p@h/a", "s3://b/k/\xc3\xb6 1.jpg", "file:///a%20b", "/proc/self/fdinfo/0",
        "http://h/a/..%2f..%5cb", "http://h/%252e%252e/;x"}) {
    seed("references/" + std::to_string(number++), std::string(text));
  }
  const std::string begin =
      "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  seed("bucket_page/more", begin +
                               "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                               "<NextContinuationToken>t/+=</NextContinuationToken>"
                               "<Contents><Key>a%20b</Key><Size>1</Size></Contents>"
                               "</ListBucketResult>");
  seed("bucket_page/last", begin +
                               "<Contents><Key>a&amp;b&#x20;</Key></Contents>"
                               "<CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes>"
                               "</ListBucketResult>");
  seed("bucket_page/bomb", "<!DOCTYPE a [<!ENTITY b \"cc\"><!ENTITY d \"&b;&b;\">]>" + begin +
                               "<Contents><Key>&d;</Key></Contents></ListBucketResult>");
}

void kserve_seeds() {
  const std::string base64 =
      R"({"id":"7","inputs":[{"name":"image","shape":[2],"datatype":"BYTES",)"
      R"("data":[["UDUgMiAyIDI1NQoBAgME"],["AAAA"]]}],"outputs":[{"name":)"
      R"("embedding"},{"name":"quality","parameters":{"binary_data":true}}]})";
  seed("kserve/base64", "\n" + base64);
  const std::string binary =
      R"({"inputs":[{"name":"image","shape":[2,1],"datatype":"BYTES","parameters":)"
      R"({"binary_data_size":13}}],"parameters":{"binary_data_output":true}})";
  seed("kserve/binary", std::to_string(binary.size()) + "\n" + binary + bytes_of<std::uint32_t>(3) +
                            "abc" + bytes_of<std::uint32_t>(2) + "de");
}

void settings_seeds() {
  seed("settings/start", std::string(R"(application/json
{"video_uri":"rtsp://u:p@host/x","kafka_topic":"t","smoothing_window":"1_000"})"));
  seed("settings/wrong", std::string(R"(
{"video_uri":7,"kafka_topic":null,"smoothing_window":1.5})"));
  seed("settings/blanks",
       std::string("application/x+json; a=b\n {\"a\\u00e9\": [1e5, -0.5, true], }"));
  seed("settings/text", std::string("text/plain\nhello"));
  seed("settings/stream", std::string(R"(
{"source":"rtsp://host/x","alert":{"below":0.4,"for":3},"input_options":{"framerate":"9"},"every":2})"));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  root = argv[1];
  weights_seeds();
  network_seeds();
  checkpoint_seeds();
  thermal_seeds();
  dji_seeds();
  infiray_seeds();
  hikmicro_seeds();
  tiff_seeds();
  picture_seeds();
  table_seeds();
  http_seeds();
  fetch_seeds();
  kserve_seeds();
  settings_seeds();
}
