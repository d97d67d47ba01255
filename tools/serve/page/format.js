// SPDX-License-Identifier: MIT
/** How conditions, qualities and times are shown. */

const symbols = {online: "●", alert: "▼", connecting: "…", offline: "✕", stale: "◌", frozen: "❄", ended: "■"};

/** "ok", "alert" or "down": how a stream is colored. */
export function level(stream) {
  if (stream.condition === "online" || stream.condition === "connecting") return stream.alerted ? "alert" : "ok";
  return "down";
}

/** Worst first: alerts by quality, what shows nothing, then by quality. */
export function urgency(stream) {
  const quality = stream.smoothed ?? 1;
  if (stream.alerted && stream.condition === "online") return quality;
  const order = {offline: 2, frozen: 3, stale: 4, connecting: 5, online: 6, ended: 9};
  return (order[stream.condition] ?? 8) + (stream.condition === "online" ? quality : 0);
}

/** Of a stream that shows something. */
export function currentQuality(stream) {
  return quality(level(stream) === "down" ? null : stream.smoothed);
}

export function quality(value) {
  return value == null ? "–" : value.toFixed(2);
}

export function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

/** "▼ low quality · 42 s" */
export function condition(stream, now) {
  const isLow = level(stream) === "alert";
  const text = isLow ? "low quality" : stream.condition === "online" ? "ok" : stream.condition;
  const since = isLow ? stream.alertedSince : stream.since;
  const parts = [`${symbols[isLow ? "alert" : stream.condition] ?? "?"} ${text}`];
  if (since && text !== "ok") parts.push(duration(now - since));
  if (stream.reason && level(stream) === "down") parts.push(stream.reason);
  return parts.join(" · ");
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString();
}

/** An element with text; never markup, since names come from others. */
export function element(tag, text = "", properties = {}) {
  const result = document.createElement(tag);
  if (text !== "") result.textContent = text;
  return Object.assign(result, properties);
}
