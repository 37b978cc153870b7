// The guided tour: it walks over the real page, stop by stop, at the reader's pace. Nothing here runs on a clock.

const SEEN = "lookalike-tour"; // in the browser's storage: offered once, then never again
const STARTED = "lookalike-tour-run"; // the last start that Python asked for
const GAP = 14; // pixels between a thing and the card
const PHONE = "(max-width: 640px)";

let tour = null; // the open one
let offered = false;

const stored = (place, name, value) => {
  try {
    if (value === undefined) return place.getItem(name);
    place.setItem(name, value);
  } catch {
    // a browser that keeps nothing is offered the tour once a visit
  }
  return null;
};

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(className, text, onClick) {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

// ---- one stop

function makeCard() {
  const card = element("div", "lookalike-stop");
  const [count, title, text, buttons] = [["p", "lookalike-count"], ["h2", ""], ["p", ""], ["div", ""]].map((of) => element(...of));
  title.id = "lookalike-stop-title";
  text.id = "lookalike-stop-text";
  buttons.setAttribute("role", "group");
  const leave = button("", "Leave", close);
  const back = button("", "Back", () => go(tour.at - 1));
  const next = button("lookalike-main", "Next", () => go(tour.at + 1));
  buttons.append(leave, back, next);
  card.append(count, title, text, buttons);
  for (const [name, value] of Object.entries({
    role: "dialog",
    "aria-modal": "false",
    "aria-labelledby": title.id,
    "aria-describedby": text.id,
    tabindex: "-1",
  }))
    card.setAttribute(name, value);
  return { card, count, title, text, leave, back, next };
}

// What a stop speaks of, when the page has it on show.
function thing(stop) {
  for (const selector of stop.where)
    for (const found of document.querySelectorAll(selector)) {
      const place = found.getBoundingClientRect();
      if (place.width > 4 && place.height > 4) return found;
    }
  return null;
}

function go(at) {
  if (at >= tour.stops.length) return close();
  tour.at = Math.max(0, at);
  const stop = tour.stops[tour.at];
  tour.target = thing(stop);
  tour.count.textContent = `Stop ${tour.at + 1} of ${tour.stops.length}`;
  tour.title.textContent = stop.title;
  tour.text.textContent = stop.text;
  tour.back.disabled = tour.at === 0;
  tour.next.textContent = tour.at === tour.stops.length - 1 ? "Done" : "Next";
  if (tour.target) {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const tall = tour.target.getBoundingClientRect().height > window.innerHeight * 0.55;
    const block = tall || window.matchMedia(PHONE).matches ? "start" : "center";
    tour.target.scrollIntoView({ behavior: calm ? "auto" : "smooth", block });
  }
  tour.next.focus({ preventScroll: true });
}

// ---- where ring and card stand

// Beside the thing where there is room, else over its end; on a phone at the bottom of the screen.
function besideThing(card, place) {
  const [width, height] = [card.offsetWidth, card.offsetHeight];
  const [right, bottom] = [window.innerWidth - width - GAP, window.innerHeight - height - GAP];
  const within = (x, y) => [Math.max(GAP, Math.min(x, right)), Math.max(GAP, Math.min(y, bottom))];
  if (!place) return within((right + GAP) / 2, (bottom + GAP) / 2);
  if (window.matchMedia(PHONE).matches) return within((right + GAP) / 2, bottom);
  if (place.bottom + GAP <= bottom) return within(place.left, place.bottom + GAP);
  if (place.right + GAP <= right) return within(place.right + GAP, place.top);
  if (place.left - GAP - width >= GAP) return within(place.left - GAP - width, place.top);
  if (place.top - GAP - height >= GAP) return within(place.left, place.top - GAP - height);
  return within(right, bottom);
}

// Each frame while a tour is open: the page may scroll, grow, or draw the thing anew.
function follow() {
  if (!tour) return;
  if (!tour.target?.isConnected) tour.target = thing(tour.stops[tour.at]);
  const place = tour.target?.getBoundingClientRect();
  tour.ring.style.visibility = place ? "visible" : "hidden";
  const look = place ? [place.left - 6, place.top - 6, place.width + 12, place.height + 12] : [0, 0, 0, 0];
  ["left", "top", "width", "height"].forEach((side, i) => (tour.ring.style[side] = `${look[i]}px`));
  const [x, y] = besideThing(tour.card, place);
  Object.assign(tour.card.style, { left: `${x}px`, top: `${y}px` });
  requestAnimationFrame(follow);
}

// ---- open and close

function open(parent, stops) {
  if (tour) close();
  forgetOffer(parent);
  const parts = makeCard();
  const ring = element("div", "lookalike-ring");
  const ending = new AbortController();
  const before = document.activeElement;
  tour = { ...parts, ring, ending, before, stops, at: 0, target: null };
  parent.append(ring, parts.card);
  for (const part of [ring, parts.card]) {
    part.popover = "manual";
    part.showPopover?.();
  }
  document.documentElement.classList.add("lookalike-touring");
  window.addEventListener("keydown", onKey, { capture: true, signal: ending.signal });
  go(0);
  follow();
}

function close() {
  if (!tour) return;
  const { card, ring, ending, before } = tour;
  tour = null;
  document.documentElement.classList.remove("lookalike-touring");
  ending.abort();
  card.remove();
  ring.remove();
  if (before?.isConnected) before.focus({ preventScroll: true });
}

// Esc leaves from anywhere; the other keys belong to the card while the focus is in it, and Tab stays in it.
function onKey(event) {
  const inside = tour.card.contains(event.target);
  const arrow = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key === "Escape") close();
  else if (!inside || event.ctrlKey || event.metaKey || event.altKey) return;
  else if (arrow) go(Math.min(tour.at + arrow, tour.stops.length - 1));
  else if (event.key === "Tab") {
    const stops = [tour.leave, tour.back, tour.next].filter((one) => !one.disabled);
    const at = stops.indexOf(document.activeElement);
    stops[(at + (event.shiftKey ? -1 : 1) + stops.length) % stops.length].focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

// ---- the offer

function offer(parent, start) {
  if (offered || stored(window.localStorage, SEEN) || parent.querySelector(".lookalike-offer")) return;
  const line = element("aside", "lookalike-offer");
  line.setAttribute("aria-label", "Guided tour");
  const words = element("span", "", "New here?");
  line.append(words, button("lookalike-main", "Take the tour", start), button("", "No, thanks", () => forgetOffer(parent)));
  parent.append(line);
}

function forgetOffer(parent) {
  offered = true;
  stored(window.localStorage, SEEN, "seen");
  parent.querySelector(".lookalike-offer")?.remove();
}

export default function ({ parentElement, data, setTriggerValue }) {
  const start = () => {
    if (data.ready) return open(parentElement, data.stops);
    forgetOffer(parentElement);
    setTriggerValue("start", true); // Python puts a sample on the Search page first
  };
  parentElement.querySelector(".lookalike-offer")?.remove();
  if (data.run && stored(window.sessionStorage, STARTED) !== data.run) {
    stored(window.sessionStorage, STARTED, data.run);
    open(parentElement, data.stops);
  } else if (!tour) offer(parentElement, start);
  return () => {
    parentElement.querySelector(".lookalike-offer")?.remove();
    if (tour && parentElement.contains(tour.card)) close();
  };
}
