// Presentation mode in the browser: keys, the bar with slide and way out, and the kiosk's reset.
// Python holds the state; this side shows a wish at once and tells it. `turn` counts wishes, so that an answer to an
// older wish never takes back a newer one.

const NEXT = ["ArrowRight", "PageDown"]; // clickers send Page Down and Page Up
const BACK = ["ArrowLeft", "PageUp"];
const TEXT = "input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select, [contenteditable=true]";
const OWN_KEYS =
  "input, textarea, select, canvas, video, audio, [contenteditable=true], [role=slider], [role=spinbutton], " +
  "[role=radiogroup], [role=tablist], [role=listbox], [role=menu], [role=grid], [role=tree], [role=application], " +
  "[role=dialog], [data-own-keys]";
const OPEN_DIALOG = '[role=dialog][aria-modal=true], [data-testid=stDialog], [data-testid=stPopoverBody], [role=listbox]';
const WARNING = 10; // seconds of countdown before the reset
const ROOT = document.documentElement;

const state = { on: false, slide: 0, turn: 0 };
const kiosk = { last: performance.now(), touched: false, leaving: false, x: -1, y: -1 };
let live = null; // what the mounted component was given last

function wish(changes) {
  Object.assign(state, changes);
  state.turn += 1;
  draw();
  live.setTriggerValue("wish", { ...state });
}

const goTo = (slide) => {
  const wanted = Math.max(1, Math.min(slide, live.data.count));
  if (!live.data.count || wanted === state.slide) return;
  wish({ slide: wanted });
  document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
};

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const path = event.composedPath().filter((node) => node instanceof Element);
  const inside = (selector) => path.some((node) => node.matches(selector));
  if (inside("[role=dialog]") || document.querySelector(OPEN_DIALOG)) return;
  if (event.key.toLowerCase() === "p" && !event.repeat && !inside(TEXT)) wish({ on: !state.on });
  else if (!state.on) return;
  else if (event.key === "Escape" && !inside(TEXT)) wish({ on: false });
  else if (event.shiftKey || inside(OWN_KEYS) || !live.data.count) return;
  else if (NEXT.includes(event.key)) goTo(state.slide + 1);
  else if (BACK.includes(event.key)) goTo(state.slide - 1);
  else if (event.key === "Home") goTo(1);
  else if (event.key === "End") goTo(live.data.count);
  else return;
  event.preventDefault();
}

// ---- the bar

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(name, label, sign, onClick) {
  const made = element("button", `lookalike-${name}`, sign);
  made.type = "button";
  made.title = label;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", onClick);
  return made;
}

function makeBar(parent) {
  const bar = element("section", "lookalike-stage");
  bar.setAttribute("aria-label", "Presentation");
  const words = element("div", "lookalike-words");
  words.setAttribute("aria-live", "polite");
  words.append(element("span", "lookalike-place"), element("strong", "lookalike-title"), element("span", "lookalike-say"));
  const countdown = element("span", "lookalike-countdown");
  countdown.setAttribute("role", "status");
  bar.append(
    button("back", "Slide before (left arrow)", "‹", () => goTo(state.slide - 1)),
    words,
    button("next", "Next slide (right arrow)", "›", () => goTo(state.slide + 1)),
    countdown,
    button("leave", "Leave presentation mode (Esc or P)", "✕", () => wish({ on: false })),
  );
  parent.append(bar);
  return bar;
}

function draw() {
  const { data, bar } = live;
  ROOT.classList.toggle("lookalike-presenting", state.on);
  ROOT.classList.toggle("lookalike-untitled", state.on && data.page !== "Home");
  bar.hidden = !state.on;
  const put = (name, text) => {
    const part = bar.querySelector(`.lookalike-${name}`);
    if (part.textContent !== text) part.textContent = text;
    part.hidden = !text;
  };
  const known = state.slide === data.slide; // of a slide just wished for, only the place is known
  put("place", state.slide ? `${state.slide} of ${data.count}` : data.count ? `${data.count} slides` : "");
  put("title", known ? data.title : "");
  put("say", known ? data.say : "");
  bar.querySelector(".lookalike-back").hidden = !data.count;
  bar.querySelector(".lookalike-next").hidden = !data.count;
  bar.querySelector(".lookalike-back").disabled = state.slide <= 1;
  bar.querySelector(".lookalike-next").disabled = state.slide >= data.count;
}

// ---- the kiosk

function onActivity(event) {
  if (event.type === "pointermove") {
    const still = event.screenX === kiosk.x && event.screenY === kiosk.y; // browsers report moves of the page, too
    [kiosk.x, kiosk.y] = [event.screenX, event.screenY];
    if (still) return;
  }
  kiosk.last = performance.now();
  kiosk.touched = true;
}

const ACTIVITY = ["pointermove", "pointerdown", "keydown", "touchstart", "touchmove", "wheel"];
const heard = new WeakSet(); // windows

function hear(view, signal) {
  heard.add(view);
  for (const type of ACTIVITY) view.addEventListener(type, onActivity, { signal, capture: true, passive: true });
}

// What happens in a frame of the page stays in it.
function hearFrames(signal) {
  for (const frame of document.querySelectorAll("iframe"))
    try {
      if (frame.contentWindow && !heard.has(frame.contentWindow)) hear(frame.contentWindow, signal);
    } catch {
      // a frame from elsewhere keeps its events
    }
}

function tick(signal) {
  const { data, bar } = live;
  if (state.on && data.idle) hearFrames(signal);
  const countdown = bar.querySelector(".lookalike-countdown");
  const atStart = !kiosk.touched && state.slide <= 1;
  const busy = document.querySelector('[data-test-script-state="running"]'); // waiting is no idleness
  if (!state.on || !data.idle || atStart || busy) kiosk.last = performance.now();
  const left = Math.ceil(data.idle - (performance.now() - kiosk.last) / 1000);
  const warned = state.on && data.idle > 0 && left <= Math.min(WARNING, data.idle - 1);
  const text = warned ? `Starts over in ${Math.max(0, left)} s: move to stay` : "";
  if (countdown.textContent !== text) countdown.textContent = text;
  countdown.hidden = !warned;
  if (warned && left <= 0 && !kiosk.leaving) startOver();
}

// Python forgets the visitor; then the page is loaded afresh, which closes dialogs and empties fields. A server that
// does not answer would leave the browser's error page, so it is asked first.
async function startOver() {
  kiosk.leaving = true;
  const { data, setTriggerValue } = live;
  setTriggerValue("wish", { forget: true });
  const target = new URL(data.count ? "Search" : "./", window.location.href);
  target.search = new URLSearchParams({ present: "1", ...(data.count ? { slide: "1" } : {}), idle: String(data.idle) });
  try {
    await new Promise((resolve) => setTimeout(resolve, 800)); // the wish is on its way
    const answer = await fetch(new URL("./_stcore/health", target), { cache: "no-store" });
    if (answer.ok) window.location.replace(target);
  } catch (error) {
    console.warn("The app does not answer; the kiosk starts over when it does.", error);
  } finally {
    setTimeout(() => (kiosk.leaving = false), 5000);
  }
}

// ---- the component

const mounts = new WeakMap(); // parentElement -> what is to be undone

function mount(parent) {
  const ending = new AbortController();
  const { signal } = ending;
  window.addEventListener("keydown", onKey, { signal });
  hear(window, signal);
  const timer = setInterval(() => tick(signal), 250);
  const bar = makeBar(parent);
  const end = () => {
    ending.abort();
    clearInterval(timer);
    bar.remove();
    mounts.delete(parent);
  };
  mounts.set(parent, { bar, end });
}

export default function ({ parentElement, data, setTriggerValue }) {
  if (!mounts.has(parentElement)) mount(parentElement);
  const { bar, end } = mounts.get(parentElement);
  live = { data, bar, setTriggerValue };
  if (data.turn >= state.turn) Object.assign(state, { on: data.on, slide: data.slide, turn: data.turn });
  draw();
  return end;
}
