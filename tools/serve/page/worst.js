// SPDX-License-Identifier: MIT
/** The lowest frame of each camera below its alert limit, the worst eight of them. */
import {clock, element, quality} from "./format.js";

const most = 8;
const pauseSeconds = 1;

export class Worst {
  #entries = new Map();  // by the stream's name
  #lastFetch = 0;

  constructor(section, choose) {
    this.list = section.querySelector("#worst-list");
    this.none = section.querySelector("#no-worst");
    this.choose = choose;
  }

  /** Fetches the frame when it would be among the worst; one request a second at most. */
  async apply(event, stream, time) {
    const now = Date.now() / 1000;
    if (event.event !== "score" || now - time > 2 || now - this.#lastFetch < pauseSeconds) return;
    if (!this.#isWorse(stream, event.raw_image_quality)) return;
    this.#lastFetch = now;
    const response = await fetch(`v1/streams/${encodeURIComponent(stream.name)}/frame.jpg`).catch(() => null);
    if (!response?.ok) return;
    const score = Number(response.headers.get("Fliqe-Quality"));  // maybe of a later frame
    if (this.#isWorse(stream, score)) this.#put(stream, score, time, await response.blob());
  }

  #isWorse(stream, score) {
    if (score >= stream.below) return false;
    const known = this.#entries.get(stream.name);
    if (known) return score < known.score;
    return this.#entries.size < most || score < Math.max(...[...this.#entries.values()].map((e) => e.score));
  }

  #put(stream, score, time, blob) {
    this.#remove(stream.name);
    this.#entries.set(stream.name, {score, item: this.#item(stream, score, time, blob)});
    const sorted = [...this.#entries].sort((a, b) => a[1].score - b[1].score);
    for (const [name] of sorted.splice(most)) this.#remove(name);
    this.list.replaceChildren(...sorted.map(([, entry]) => entry.item));
    this.none.hidden = true;
  }

  #item(stream, score, time, blob) {
    const item = element("li");
    const image = element("img", "", {src: URL.createObjectURL(blob), alt: `Frame of ${stream.name}, quality ${quality(score)}`});
    const name = element("button", stream.name, {type: "button", onclick: () => this.choose(stream.name)});
    const text = element("p", `${quality(score)} · ${clock(time)} `);
    text.append(name);
    item.append(image, text);
    return item;
  }

  #remove(name) {
    const entry = this.#entries.get(name);
    if (!entry) return;
    URL.revokeObjectURL(entry.item.querySelector("img").src);
    this.#entries.delete(name);
  }
}
