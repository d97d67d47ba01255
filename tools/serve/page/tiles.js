// SPDX-License-Identifier: MIT
/** The list of cameras, worst first; thumbnails and lines only of what is on the screen. */
import {condition, currentQuality, element, level, urgency} from "./format.js";

const thumbnailSeconds = 5;
const mostInGrid = 200;
const sparkPoints = 60;

class Tile {
  constructor(stream, choose) {
    this.stream = stream;
    this.visible = false;
    this.thumbnailTime = 0;
    this.item = element("li");
    this.button = element("button", "", {type: "button", className: "tile", onclick: () => choose(stream.name)});
    this.image = element("img", "", {alt: "", hidden: true});
    this.blank = element("span", "", {className: "blank"});
    this.name = element("span", stream.name, {className: "name", title: stream.name});
    this.quality = element("span", "", {className: "quality"});
    this.condition = element("span", "", {className: "condition"});
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("viewBox", `0 0 ${sparkPoints - 1} 1`);
    this.svg.setAttribute("preserveAspectRatio", "none");
    this.svg.setAttribute("aria-hidden", "true");
    this.line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    this.svg.append(this.line);
    this.button.append(this.image, this.blank, this.name, this.quality, this.condition, this.svg);
    this.item.append(this.button);
  }

  draw(now, chosen) {
    const {stream} = this;
    const set = (node, text) => { if (node.textContent !== text) node.textContent = text; };
    set(this.quality, currentQuality(stream));
    set(this.condition, condition(stream, now));
    this.condition.title = stream.reason ?? "";
    this.button.dataset.level = level(stream);
    this.button.setAttribute("aria-pressed", String(stream.name === chosen));
    const values = stream.points.smoothed.slice(-sparkPoints);
    this.line.setAttribute("points", values.map((v, i) => v == null ? "" : `${i},${(1 - v).toFixed(3)}`).join(" "));
  }

  async drawThumbnail(now) {
    if (now - this.thumbnailTime < thumbnailSeconds || !this.stream.frames?.scored) return;
    this.thumbnailTime = now;
    const response = await fetch(`v1/streams/${encodeURIComponent(this.stream.name)}/frame.jpg`).catch(() => null);
    if (!response?.ok) return;
    const previous = this.image.src;
    this.image.src = URL.createObjectURL(await response.blob());
    this.image.hidden = false;
    this.blank.hidden = true;
    if (previous) URL.revokeObjectURL(previous);
  }
}

export class Tiles {
  #tiles = new Map();
  #order = "";
  #busy = false;

  constructor(list, store, choose) {
    this.list = list;
    this.store = store;
    this.choose = choose;
    this.filter = "";
    this.view = null;  // by the number of cameras, until somebody chooses
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) entry.target.tile.visible = entry.isIntersecting;
    }, {root: list, rootMargin: "100px"});
    // Nothing moves below a pointer or a keyboard's focus.
    list.addEventListener("pointerenter", () => { this.#busy = true; });
    list.addEventListener("pointerleave", () => { this.#busy = false; });
  }

  draw(now, chosen) {
    const {streams} = this.store;
    this.list.className = this.view ?? (streams.size > mostInGrid ? "table" : "grid");
    this.#addAndRemove(streams);
    this.#sort(now);
    for (const tile of this.#tiles.values()) {
      if (!tile.visible || tile.item.hidden) continue;
      tile.draw(now, chosen);
      if (this.list.className === "grid") tile.drawThumbnail(now);
    }
  }

  #addAndRemove(streams) {
    for (const [name, tile] of this.#tiles) {
      if (streams.get(name) === tile.stream) continue;
      this.observer.unobserve(tile.item);
      tile.item.remove();
      this.#tiles.delete(name);
    }
    for (const [name, stream] of streams) {
      if (this.#tiles.has(name)) continue;
      const tile = new Tile(stream, this.choose);
      tile.item.tile = tile;
      this.#tiles.set(name, tile);
      this.observer.observe(tile.item);
    }
  }

  #sort(now) {
    const wanted = this.filter.trim().toLowerCase();
    const sorted = [...this.#tiles.values()].sort((a, b) =>
      urgency(a.stream) - urgency(b.stream) || a.stream.name.localeCompare(b.stream.name));
    for (const tile of sorted) {
      const isWanted = !wanted || tile.stream.name.toLowerCase().includes(wanted) ||
        condition(tile.stream, now).toLowerCase().includes(wanted);
      if (tile.item.hidden === isWanted) tile.item.hidden = !isWanted;
    }
    const missing = sorted.some((tile) => !tile.item.isConnected);
    if (!missing && (this.#busy || this.list.contains(document.activeElement))) return;
    const order = sorted.map((tile) => tile.stream.name).join("\n");
    if (order === this.#order && !missing) return;
    this.#order = order;
    this.list.replaceChildren(...sorted.map((tile) => tile.item));
  }
}
