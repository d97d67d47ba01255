// SPDX-License-Identifier: MIT
/** What is known of the streams: by v1/streams, and by the events since. */

const mostPoints = 1800;

class Stream {
  constructor(name) {
    this.name = name;
    this.points = {time: [], raw: [], smoothed: []};
    this.outages = [];  // {from, to}; to is null while it lasts
    this.alerted = false;
    this.alertedSince = null;
    this.updated = 0;  // the newest event's time
  }

  /** From v1/streams, unless an event of later told more. */
  read(state, now) {
    this.source = state.source;
    this.below = state.alert.below;
    this.video = state.video;
    this.frames = state.frames;
    this.latency = state.latency_ms;
    this.disconnects = state.disconnects;
    this.downSeconds = state.down_s;
    this.alerts = state.alerts;
    this.condition = state.condition;
    this.since = now - state.condition_s;
    this.reason = state.reason;
    this.raw = state.raw_image_quality;
    this.smoothed = state.smoothed_image_quality;
    if (state.alert.raised !== this.alerted) this.setAlert(state.alert.raised, now);
    // Where the events of an outage's begin or end were missed.
    const last = this.outages.at(-1);
    if (this.condition !== "online" && last?.to !== null) this.outages.push({from: this.since, to: null});
    if (this.condition === "online" && last?.to === null) last.to = this.since;
  }

  setAlert(raised, time) {
    this.alerted = raised;
    this.alertedSince = raised ? time : null;
  }

  setCondition(condition, time, reason = null) {
    if (condition !== this.condition) this.since = time;
    this.condition = condition;
    this.reason = reason;
    const isUp = condition === "online";
    const last = this.outages.at(-1);
    if (isUp && last?.to === null) last.to = time;
    if (!isUp && last?.to !== null) {
      this.outages.push({from: time, to: null});
      this.add(time, null, null);
      if (this.outages.length > 100) this.outages.shift();
    }
  }

  add(time, raw, smoothed) {
    const {points} = this;
    if (time < points.time.at(-1)) return;
    points.time.push(time);
    points.raw.push(raw);
    points.smoothed.push(smoothed);
    if (points.time.length > mostPoints * 1.1)
      for (const values of Object.values(points)) values.splice(0, values.length - mostPoints);
  }

  apply(event, time) {
    this.updated = time;
    switch (event.event) {
      case "connected": case "fresh": case "moving": this.setCondition("online", time); break;
      case "disconnected": this.setCondition("offline", time, event.reason); break;
      case "stale": case "frozen": case "ended": this.setCondition(event.event, time, event.error ?? null); break;
      case "alert": case "clear": this.setAlert(event.event === "alert", time); break;
      case "score":
        this.raw = event.raw_image_quality;
        this.smoothed = event.smoothed_image_quality;
        this.add(time, this.raw, this.smoothed);
        break;
    }
  }
}

export class Store {
  streams = new Map();
  #listeners = [];
  #reading = null;

  /** Calls back with every event of a known stream, and its time in seconds. */
  onEvent(listener) { this.#listeners.push(listener); }

  apply(event) {
    if (!event.stream) return;
    const stream = this.streams.get(event.stream);
    if (event.event === "summary" || !stream) return void this.read();
    const time = Date.parse(event.timestamp) / 1000;
    stream.apply(event, time);
    for (const listener of this.#listeners) listener(event, stream, time);
  }

  /** Reads v1/streams; one request at a time, and not more than one a second. */
  read() {
    this.#reading ??= this.#fetch().finally(() => setTimeout(() => { this.#reading = null; }, 1000));
    return this.#reading;
  }

  async #fetch() {
    const response = await fetch("v1/streams");
    if (!response.ok) throw new Error(`v1/streams: ${response.status}`);
    const now = Date.now() / 1000;
    const names = new Set();
    for (const state of (await response.json()).streams) {
      names.add(state.name);
      let stream = this.streams.get(state.name);
      if (!stream) this.streams.set(state.name, stream = new Stream(state.name));
      stream.read(state, now);
    }
    for (const name of this.streams.keys()) if (!names.has(name)) this.streams.delete(name);
  }
}
