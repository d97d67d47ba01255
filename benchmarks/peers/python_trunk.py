#!/usr/bin/env python3
"""Runs an exported trunk in an engine from PyPI for compare.py; speaks the protocol of trunk_protocol.hpp.

Usage: python_trunk.py ENGINE MODEL THREADS BATCH PRECISION, or python_trunk.py ENGINE --version

ENGINE is onnxruntime or openvino (MODEL is an ONNX file) or torch (MODEL is TorchScript).
"""
import importlib
import sys
import time

import numpy


def pictures(batch):
    """The picture that all engines get, `batch` times: NCHW, values in [0, 1]."""
    y, x, c = numpy.indices((224, 224, 3))
    values = ((7 * y + 13 * x + 29 * c) % 256).astype(numpy.float32) / numpy.float32(255)
    return numpy.ascontiguousarray(numpy.repeat(values.transpose(2, 0, 1)[None], batch, axis=0))


def onnxruntime(ort, model, threads, images, precision):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feeds = {session.get_inputs()[0].name: images}
    return lambda: session.run(None, feeds)[0]


def openvino(ov, model, threads, images, precision):
    core = ov.Core()
    config = {
        "INFERENCE_NUM_THREADS": str(threads),
        "NUM_STREAMS": "1",
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": precision,  # else bf16 where the processor has it
    }
    network = core.read_model(model)
    network.reshape(list(images.shape))
    request = core.compile_model(network, "CPU", config).create_infer_request()
    tensor = ov.Tensor(images)

    def call():
        request.infer({0: tensor}, share_outputs=True)
        return request.get_output_tensor(0).data

    return call


def torch(torch, model, threads, images, precision):
    torch.set_num_threads(threads)
    jit = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.load(model).eval()))
    tensor = torch.from_numpy(images)

    def call():
        with torch.inference_mode():
            return jit(tensor).numpy()

    return call


ENGINES = {"onnxruntime": onnxruntime, "openvino": openvino, "torch": torch}


def timed(call, runs):
    """Milliseconds of each of `runs` calls."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return times


def serve(call):
    for line in sys.stdin:
        command, *count = line.split()
        if command == "features":
            print(*call()[0].reshape(-1))
        else:
            print(*timed(call, int(count[0])))
        sys.stdout.flush()


def main():
    name, *arguments = sys.argv[1:]
    module = importlib.import_module(name)
    if arguments == ["--version"]:
        print(".".join(module.__version__.split("-")[0].split("+")[0].split(".")[:2]))
        return
    model, threads, batch, precision = arguments
    serve(ENGINES[name](module, model, int(threads), pictures(int(batch)), precision))


if __name__ == "__main__":
    main()
