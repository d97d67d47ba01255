// Runs an exported trunk in ONNX Runtime for compare.py; speaks the protocol of fliqe_trunk.cpp.
// Usage: node onnxruntime.cjs TRUNK.onnx THREADS BATCH
const readline = require("node:readline");
const ort = require("onnxruntime-node");

const [path, threads, batch] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

function pictures() {
  const size = 224;
  const values = new Float32Array(batch * 3 * size * size);
  for (let i = 0; i < values.length; ++i) {
    const x = i % size, y = Math.floor(i / size) % size, c = Math.floor(i / (size * size)) % 3;
    values[i] = Math.fround((7 * y + 13 * x + 29 * c) % 256) / 255;
  }
  return new ort.Tensor("float32", values, [batch, 3, size, size]);
}

async function main() {
  const session = await ort.InferenceSession.create(path, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
  });
  const feeds = { [session.inputNames[0]]: pictures() };
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [command, count] = line.split(" ");
    if (command === "features") {
      const result = await session.run(feeds);
      console.log(Array.from(result[session.outputNames[0]].data.slice(0, 2048)).join(" "));
    } else {
      const times = [];
      for (let i = 0; i < Number(count); ++i) {
        const start = performance.now();
        await session.run(feeds);
        times.push(performance.now() - start);
      }
      console.log(times.join(" "));
    }
  }
}

main();
