// SPDX-License-Identifier: MIT
/// @file
/// The full-size trunk in ncnn, to count what it executes: weights and picture are zeros. One
/// thread; f32 without half floats, int8 as ncnn's own benchmarks of ResNet50 quantize it. Built by
/// arm/peers.sh.
/// Usage: ncnn_trunk f32|bf16|int8 RUNS
#include <ncnn/datareader.h>
#include <ncnn/net.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fliqe/model/built_in_networks.hpp>
#include <fliqe/model/operations.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace fliqe;
using model::Operation;
using model::OperationKind;

namespace {

/// All weights are zero.
class Zeros : public ncnn::DataReader {
 public:
  int scan(const char*, void*) const override { return 0; }
  std::size_t read(void* buffer, std::size_t size) const override {
    std::memset(buffer, 0, size);
    return size;
  }
};

/// The trunk as ncnn's text format describes networks.
class Description {
 public:
  Description(const std::vector<Operation>& operations, bool int8)
      : operations_(operations), int8_(int8) {
    for (const Operation& operation : operations) {
      ++readers_[operation.input];
      if (operation.residual >= 0) ++readers_[operation.residual];
    }
    layer("Input", "picture", "", {"b-1"}, "0=224 1=224 2=3");
    for (std::size_t i = 0; i < operations.size(); ++i) add(static_cast<int>(i));
  }

  std::string text() const {
    return "7767517\n" + std::to_string(layers_) + " " + std::to_string(blobs_) + "\n" + lines_;
  }
  std::string output() const { return "b" + std::to_string(operations_.size() - 1); }

 private:
  void add(int index) {
    const Operation& operation = operations_[static_cast<std::size_t>(index)];
    const nn::Conv2dShape& s = operation.shape;
    const std::string name = "l" + std::to_string(index), output = "b" + std::to_string(index);
    const std::string kernel = std::to_string(s.kernel_width);
    if (operation.kind == OperationKind::max_pool) {
      layer("Pooling", name, take(operation.input), {output},
            "0=0 1=" + kernel + " 2=" + std::to_string(s.stride) + " 3=1 5=1");
    } else if (operation.kind == OperationKind::average_pool) {
      layer("Pooling", name, take(operation.input), {output}, "0=1 4=1");
    } else if (operation.residual < 0) {
      layer("Convolution", name, take(operation.input), {output}, convolution(index));
    } else {
      layer("Convolution", name, take(operation.input), {output + "_sum"}, convolution(index));
      layer("Eltwise", name + "_add", output + "_sum " + take(operation.residual),
            {output + "_added"}, "0=1");
      layer("ReLU", name + "_relu", output + "_added", {output}, "");
    }
    split(index);
  }

  std::string convolution(int index) const {
    const Operation& operation = operations_[static_cast<std::size_t>(index)];
    const nn::Conv2dShape& s = operation.shape;
    const auto weights = static_cast<std::size_t>(s.out_channels) * s.weights_per_output();
    std::string text = "0=" + std::to_string(s.out_channels) +
                       " 1=" + std::to_string(s.kernel_width) + " 3=" + std::to_string(s.stride) +
                       " 4=" + std::to_string(s.padding) + " 5=1 6=" + std::to_string(weights);
    if (operation.relu && operation.residual < 0) text += " 9=1";
    // Bytes between two convolutions, floats elsewhere.
    if (int8_) text += feeds_one_convolution(index) ? " 8=102" : " 8=2";
    return text;
  }

  bool feeds_one_convolution(int index) const {
    if (operations_[static_cast<std::size_t>(index)].residual >= 0) return false;
    for (const Operation& other : operations_) {
      if (other.residual == index) return false;
      if (other.input == index && other.kind != OperationKind::convolution) return false;
    }
    return readers_.at(index) == 1;
  }

  /// Blobs that several layers read are split first.
  void split(int index) {
    const auto readers = readers_.find(index);
    if (readers == readers_.end() || readers->second < 2) return;
    std::vector<std::string> copies;
    for (int i = 0; i < readers->second; ++i) {
      copies.push_back("b" + std::to_string(index) + "_" + std::to_string(i));
    }
    layer("Split", "s" + std::to_string(index), "b" + std::to_string(index), copies, "");
  }

  std::string take(int index) {
    const std::string blob = "b" + std::to_string(index);
    return readers_.at(index) < 2 ? blob : blob + "_" + std::to_string(taken_[index]++);
  }

  void layer(const std::string& type, const std::string& name, const std::string& inputs,
             const std::vector<std::string>& outputs, const std::string& parameters) {
    std::size_t input_count = inputs.empty() ? 0 : 1;
    for (const char letter : inputs) input_count += letter == ' ';
    lines_ += type + " " + name + " " + std::to_string(input_count) + " " +
              std::to_string(outputs.size()) + (inputs.empty() ? "" : " ") + inputs;
    for (const std::string& output : outputs) lines_ += " " + output;
    lines_ += " " + parameters + "\n";
    ++layers_;
    blobs_ += outputs.size();
  }

  const std::vector<Operation>& operations_;
  bool int8_;
  std::map<int, int> readers_, taken_;
  std::string lines_;
  std::size_t layers_ = 0, blobs_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view precision = argv[1];
  const auto operations = model::OperationList::of(ResNet50::spec(), model::ModelKind::trunk);
  const Description description(operations, precision == "int8");
  ncnn::Net net;
  net.opt.num_threads = 1;
  net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = false;
  net.opt.use_bf16_packed = net.opt.use_bf16_storage = precision == "bf16";
  const Zeros zeros;
  if (net.load_param_mem(description.text().c_str()) != 0 || net.load_model(zeros) != 0) {
    std::fprintf(stderr, "ncnn does not take this network:\n%s", description.text().c_str());
    return 1;
  }
  const ncnn::Mat picture(224, 224, 3);
  std::memset(picture.data, 0, picture.total() * picture.elemsize);
  for (int run = 0; run < std::atoi(argv[2]); ++run) {
    ncnn::Extractor extractor = net.create_extractor();
    extractor.input("b-1", picture);
    ncnn::Mat features;
    if (extractor.extract(description.output().c_str(), features) != 0 || features.w != 2048) {
      std::fprintf(stderr, "ncnn: expected 2048 features, found %d\n", features.w);
      return 1;
    }
  }
}
