// SPDX-License-Identifier: MIT
/** The events of the service; the browser comes back by itself with the id of the last one. */

const names = ["connected", "score", "alert", "clear", "disconnected", "stale", "fresh", "frozen", "moving", "failed",
               "ended", "summary"];

/** @param onState called with "live" or "lost" */
export function listen(onEvent, onState) {
  // An id of no run: first all events that the service has kept.
  const source = new EventSource("v1/events?last_event_id=first");
  for (const name of names) source.addEventListener(name, (message) => onEvent(JSON.parse(message.data)));
  source.addEventListener("open", () => onState("live"));
  source.addEventListener("error", () => {
    onState("lost");
    // After an answer that is no stream the browser does not come back.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(onEvent, onState), 3000);
  });
}
