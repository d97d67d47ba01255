// SPDX-License-Identifier: MIT
/** Scores pictures that somebody drops: quality, heat map and, where the weights name one, the probable cause. */
import {element, quality} from "./format.js";

const most = 12;  // results that stay

async function post(path, file) {
  const response = await fetch(`${path}?name=${encodeURIComponent(file.name)}`, {method: "POST", body: file});
  if (response.ok) return response;
  const text = await response.text();
  let reason = text;
  try { reason = JSON.parse(text).error.message; } catch { /* no JSON */ }
  throw new Error(reason || `status ${response.status}`);
}

function figure(source, alt, caption) {
  const result = element("figure");
  result.append(element("img", "", {src: source, alt}), element("figcaption", caption));
  return result;
}

/** The picture itself, where the browser knows the format. */
function showPicture(pair, file) {
  const shown = figure(URL.createObjectURL(file), file.name, "picture");
  shown.firstChild.addEventListener("error", () => shown.remove());
  pair.append(shown);
}

async function score(file, item, threshold) {
  const verdict = element("p", "scoring …", {className: "verdict"});
  const pair = element("div", "", {className: "pair"});
  item.append(element("p", file.name, {className: "name"}), verdict, pair);
  try {
    const found = await (await post("v1/score", file)).json();
    const isLow = found.quality < threshold;
    verdict.textContent = `quality ${quality(found.quality)} ${isLow ? "▼ low" : "● good"}`;
    verdict.dataset.level = isLow ? "alert" : "ok";
    const [cause] = found.causes ?? [];
    if (isLow && cause) verdict.textContent += ` · probably ${cause.fault} (${Math.round(100 * cause.probability)} %)`;
    verdict.after(element("p", `${found.width} × ${found.height} pixels`, {className: "hint"}));
    showPicture(pair, file);
    const map = await (await post("v1/heatmap", file)).blob();
    pair.append(figure(URL.createObjectURL(map), `Heat map of ${file.name}`, "where the quality is low"));
  } catch (error) {
    if (verdict.textContent === "scoring …") verdict.remove();
    item.append(element("p", error.message, {className: "error"}));
  }
}

export function tryPictures(section, threshold) {
  const drop = section.querySelector("#drop");
  const input = section.querySelector("#file");
  const results = section.querySelector("#results");
  const take = async (files) => {
    for (const file of files) {
      const item = element("li");
      results.prepend(item);
      while (results.children.length > most) {
        for (const image of results.lastChild.querySelectorAll("img")) URL.revokeObjectURL(image.src);
        results.lastChild.remove();
      }
      await score(file, item, threshold);  // one after the other: the service has other callers
    }
  };
  input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
  for (const name of ["dragenter", "dragover"])
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); take([...event.dataTransfer.files]); });
  // A picture dropped beside the field must not replace the page.
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
}
