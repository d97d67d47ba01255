// SPDX-License-Identifier: MIT
import {Alerts} from "./alerts.js";
import {listen} from "./events.js";
import {Camera} from "./figures.js";
import {level} from "./format.js";
import {Store} from "./store.js";
import {Tiles} from "./tiles.js";
import {tryPictures} from "./try.js";
import {Worst} from "./worst.js";

const find = (id) => document.getElementById(id);
const store = new Store();
const camera = new Camera(find("camera"));
let isPaused = false;

function choose(name) {
  const stream = store.streams.get(name);
  if (!stream) return;
  camera.show(stream);
  draw();
  find("camera").scrollIntoView({block: "nearest"});
}

const tiles = new Tiles(find("tiles"), store, choose);
const alerts = new Alerts(find("alerts"), find("announcer"), choose);
const worst = new Worst(find("worst"), choose);
store.onEvent((event, stream, time) => alerts.apply(event, stream, time));
store.onEvent((event, stream, time) => worst.apply(event, stream, time));
// An alert is shown at once, scores once a second.
store.onEvent((event) => { if (event.event !== "score") requestAnimationFrame(draw); });

function drawCounts() {
  const counts = {ok: 0, alert: 0, down: 0};
  for (const stream of store.streams.values()) ++counts[level(stream)];
  const parts = [`${store.streams.size} cameras`, `${counts.ok} ok`, `${counts.alert} low`, `${counts.down} without pictures`];
  const text = parts.join(" · ");
  if (find("counts").textContent !== text) find("counts").textContent = text;
  document.title = counts.alert ? `(${counts.alert}) fliqe` : "fliqe";
  find("none").hidden = store.streams.size > 0;
}

function draw() {
  if (isPaused || document.hidden) return;
  const now = Date.now() / 1000;
  if (camera.name !== null && !store.streams.has(camera.name)) camera.show(null);
  drawCounts();
  tiles.draw(now, camera.name);
  camera.draw(now);
  alerts.draw(now);
}

function showConnection(state) {
  find("connection").dataset.state = state;
  find("connection").textContent = state === "live" ? "live" : "no connection, trying again";
}

find("pause").onclick = () => {
  isPaused = !isPaused;
  find("pause").setAttribute("aria-pressed", String(isPaused));
  draw();
};
find("filter").oninput = (event) => { tiles.filter = event.target.value; draw(); };
find("view").onchange = (event) => { tiles.view = event.target.value; draw(); };

async function readModel() {
  const model = await (await fetch("v1/model")).json();
  find("model").textContent = `fliqe ${model.fliqe} · ${model.weights.split("/").at(-1)}`;
  return model;
}

async function begin() {
  const model = await readModel().catch(() => ({threshold: 0.5}));
  tryPictures(find("try"), model.threshold);
  await store.read().catch(() => showConnection("lost"));
  find("view").querySelector(`[value="${store.streams.size > 200 ? "table" : "grid"}"]`).checked = true;
  listen((event) => store.apply(event), (state) => {
    showConnection(state);
    if (state === "live") store.read().catch(() => {});
  });
  draw();
  setInterval(draw, 1000);
  setInterval(() => store.read().catch(() => {}), 5000);
}

begin();
