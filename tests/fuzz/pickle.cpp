// SPDX-License-Identifier: MIT
// The bytes are the pickle of an archive whose directory and checksums are right, so that every
// input gets as far as the unpickler and the tensors.
#include "fuzz/mutators.hpp"
#include "fuzz/target.hpp"
#include "pth/parse_pth.hpp"
#include "support/zip_writer.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string pickle(reinterpret_cast<const char*>(data), size);
  const std::string file = fliqe::test::ZipWriter()
                               .add("a/data.pkl", pickle)
                               .add("a/data/0", std::string(64, '\1'))
                               .add("a/data/1", std::string(8, '\2'))
                               .add("a/version", "3\n")
                               .finish();
  return fliqe::fuzz::refused_or_read(
      reinterpret_cast<const std::uint8_t*>(file.data()), file.size(),
      [](fliqe::fuzz::Bytes bytes) { fliqe::pth::parse_pth(bytes, "x.pth"); });
}

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                    unsigned seed) {
  return fliqe::fuzz::change_input(data, size, max_size, seed, fliqe::fuzz::change_pickle);
}
