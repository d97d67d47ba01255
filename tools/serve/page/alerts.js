// SPDX-License-Identifier: MIT
/** Alerts and outages since the page was opened, newest first. */
import {clock, duration, element, quality} from "./format.js";

const most = 200;
const ends = {clear: ["alert"], connected: ["disconnected"], fresh: ["stale"], moving: ["frozen"]};

function message(event) {
  switch (event.event) {
    case "alert": return `▼ quality ${quality(event.smoothed_image_quality)}, below ${quality(event.below)}`;
    case "disconnected": return `✕ ${event.reason}`;
    case "stale": return "◌ no frames";
    case "frozen": return "❄ frozen picture";
  }
  return null;
}

export class Alerts {
  #entries = [];

  constructor(section, announcer, choose) {
    this.list = section.querySelector("#alert-list");
    this.none = section.querySelector("#no-alerts");
    this.announcer = announcer;
    this.choose = choose;
    section.querySelector("#acknowledge-all").onclick = () => this.#entries.forEach((entry) => this.#acknowledge(entry));
  }

  apply(event, stream, time) {
    for (const entry of this.#entries)
      if (entry.to === null && entry.stream === stream && ends[event.event]?.includes(entry.kind)) this.#end(entry, time);
    const text = message(event);
    // A camera that is tried again and again is one outage.
    if (!text || this.#entries.some((e) => e.to === null && e.stream === stream && e.kind === event.event)) return;
    this.#add({stream, kind: event.event, from: time, to: null}, text);
  }

  draw(now) {
    for (const entry of this.#entries) if (entry.to === null) entry.time.textContent = this.#times(entry, now);
  }

  #add(entry, text) {
    entry.item = element("li");
    const name = element("button", entry.stream.name, {type: "button", onclick: () => this.choose(entry.stream.name)});
    const what = element("span", ` ${text} `, {className: "what"});
    entry.time = element("span", this.#times(entry, entry.from), {className: "hint"});
    const first = element("div");
    first.append(name, what, entry.time);
    entry.button = element("button", "Acknowledge", {type: "button", onclick: () => this.#acknowledge(entry)});
    entry.button.setAttribute("aria-label", `Acknowledge ${entry.stream.name} ${text}`);
    entry.item.append(first, entry.button);
    entry.item.dataset.open = "true";
    this.#entries.unshift(entry);
    this.list.prepend(entry.item);
    while (this.#entries.length > most) this.#entries.pop().item.remove();
    this.none.hidden = true;
    this.announcer.textContent = `${entry.stream.name}: ${text}`;
  }

  #end(entry, time) {
    entry.to = time;
    entry.item.dataset.open = "false";
    entry.time.textContent = this.#times(entry, time);
  }

  #acknowledge(entry) {
    entry.item.dataset.acknowledged = "true";
    entry.button.disabled = true;
    entry.button.textContent = "Acknowledged";
  }

  #times(entry, now) {
    return `${clock(entry.from)} · ${duration((entry.to ?? now) - entry.from)}${entry.to === null ? "" : ", over"}`;
  }
}
