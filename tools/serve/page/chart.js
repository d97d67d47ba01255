// SPDX-License-Identifier: MIT
/** The timeline of one camera: raw thin, smoothed thick, the alert's limit, bands where no picture came. */
import {clock, element, quality} from "./format.js";

const height = 220;
const leastSeconds = 60;
const tableRows = 20;

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export class Chart {
  #plot = null;
  #stream = null;
  #range = [0, leastSeconds];

  constructor(place, table) {
    this.place = place;
    this.rows = table.tBodies[0];
    new ResizeObserver(() => this.#plot?.setSize({width: place.clientWidth, height})).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#make());
  }

  show(stream) {
    this.#stream = stream;
    this.#make();
  }

  draw(now) {
    const {points} = this.#stream;
    const begin = points.time[0] ?? now - leastSeconds;
    this.#range = [begin, Math.max(now, begin + leastSeconds)];
    this.#plot.setData([points.time, points.raw, points.smoothed]);
    const first = Math.max(0, points.time.length - tableRows);
    this.rows.replaceChildren(...points.time.slice(first).map((time, i) => {
      const row = element("tr");
      row.append(element("td", clock(time)), element("td", quality(points.raw[first + i])),
                 element("td", quality(points.smoothed[first + i])));
      return row;
    }).reverse());
  }

  #make() {
    if (!this.#stream) return;
    this.#plot?.destroy();
    const axis = {stroke: color("soft"), grid: {stroke: color("line"), width: 1}, ticks: {stroke: color("line")}};
    this.#plot = new uPlot({
      width: this.place.clientWidth || 600, height,
      cursor: {drag: {x: false, y: false}},
      legend: {show: false},
      scales: {x: {range: () => this.#range}, y: {range: [0, 1]}},
      axes: [axis, {...axis, size: 44}],
      series: [{}, {stroke: color("good"), width: 1, spanGaps: false, points: {show: false}},
               {stroke: color("good"), width: 3, spanGaps: false, points: {show: false}}],
      hooks: {drawClear: [(plot) => this.#drawOutages(plot)], draw: [(plot) => this.#drawLimit(plot)]},
    }, [[], [], []], this.place);
  }

  #drawOutages(plot) {
    const {left, top, width, height} = plot.bbox;
    plot.ctx.fillStyle = color("band");
    for (const {from, to} of this.#stream.outages) {
      const begin = Math.max(left, plot.valToPos(from, "x", true));
      const end = Math.min(left + width, to === null ? left + width : plot.valToPos(to, "x", true));
      if (end > begin) plot.ctx.fillRect(begin, top, end - begin, height);
    }
  }

  #drawLimit(plot) {
    const {left, width} = plot.bbox;
    const y = plot.valToPos(this.#stream.below, "y", true);
    plot.ctx.save();
    plot.ctx.strokeStyle = color("bad");
    plot.ctx.lineWidth = 2;
    plot.ctx.setLineDash([8, 6]);
    plot.ctx.beginPath();
    plot.ctx.moveTo(left, y);
    plot.ctx.lineTo(left + width, y);
    plot.ctx.stroke();
    plot.ctx.restore();
  }
}
