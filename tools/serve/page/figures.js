// SPDX-License-Identifier: MIT
/** The chosen camera: last frame, condition, timeline and figures. */
import {Chart} from "./chart.js";
import {condition, duration, element, quality} from "./format.js";

const frameSeconds = 2;

function figures(stream) {
  const {frames, latency, video} = stream;
  const size = video?.width ? `${video.codec} ${video.width}×${video.height}` : "–";
  const rate = video?.frames_per_second ? `${video.frames_per_second.toFixed(1)} fps` : "–";
  return [["Quality, smoothed", quality(stream.smoothed)], ["Quality, raw", quality(stream.raw)], ["Video", size],
          ["Rate", rate], ["Frames received", frames.received], ["Scored", frames.scored], ["Dropped", frames.dropped],
          ["Frozen", frames.frozen], ["Failed", frames.failed], ["Latency, median", `${latency.p50.toFixed(0)} ms`],
          ["Latency, 99 %", `${latency.p99.toFixed(0)} ms`], ["Disconnects", stream.disconnects],
          ["Without connection", duration(stream.downSeconds)], ["Alerts", stream.alerts], ["Source", stream.source]];
}

export class Camera {
  #stream = null;
  #frameTime = 0;

  constructor(section) {
    this.section = section;
    const find = (id) => section.querySelector(`#${id}`);
    this.title = find("camera-title");
    this.condition = find("camera-condition");
    this.list = find("figures");
    this.image = find("frame-image");
    this.caption = find("frame-caption");
    this.chart = new Chart(find("chart"), find("chart-table"));
  }

  get name() { return this.#stream?.name ?? null; }

  show(stream) {
    this.#stream = stream;
    this.#frameTime = 0;
    this.section.hidden = !stream;
    if (!stream) return;
    this.title.textContent = stream.name;
    this.image.hidden = true;
    this.caption.textContent = "no frame yet";
    this.chart.show(stream);
  }

  draw(now) {
    const stream = this.#stream;
    if (!stream) return;
    this.condition.textContent = condition(stream, now);
    this.list.replaceChildren(...figures(stream).map(([name, value]) => {
      const pair = element("div");
      pair.append(element("dt", name), element("dd", String(value)));
      return pair;
    }));
    this.chart.draw(now);
    this.#drawFrame(now);
  }

  async #drawFrame(now) {
    if (now - this.#frameTime < frameSeconds || !this.#stream.frames?.scored) return;
    this.#frameTime = now;
    const stream = this.#stream;
    const response = await fetch(`v1/streams/${encodeURIComponent(stream.name)}/frame.jpg`).catch(() => null);
    if (!response?.ok || stream !== this.#stream) return;
    const score = Number(response.headers.get("Fliqe-Quality"));
    const previous = this.image.src;
    this.image.src = URL.createObjectURL(await response.blob());
    this.image.alt = `The last frame of ${stream.name}`;
    this.image.hidden = false;
    this.caption.textContent = `last frame, quality ${quality(score)}`;
    if (previous) URL.revokeObjectURL(previous);
  }
}
