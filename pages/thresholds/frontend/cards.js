// The pictures on both sides of the line. Names of files are data: they become text and attributes, never markup.

/** An element with a class, attributes and children. */
function make(tag, className = "", attributes = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const percent = (share) => `${100 * share}%`;

/** A photo as large as its card allows, the region that came nearest boxed. */
function photoOf({ url, aspect, box, alt }) {
  const picture = make("img", "", { src: url, alt, decoding: "sync" });
  const frame = make("div", "box");
  const [left, top, width, height] = box.map(percent);
  Object.assign(frame.style, { left, top, width, height });
  const whole = make("div", "whole", {}, picture, frame);
  whole.style.aspectRatio = aspect;
  whole.style[aspect >= 4 / 3 ? "width" : "height"] = "100%";
  return make("div", "photo", {}, whole);
}

/** A region alone: its photo, enlarged and moved until the region fills the frame. */
function regionOf({ url, aspect, box: [left, top, width, height], alt }) {
  const picture = make("img", "", { src: url, alt, decoding: "sync" });
  Object.assign(picture.style, {
    width: percent(1 / width), height: percent(1 / height), left: percent(-left / width), top: percent(-top / height),
  });
  const region = make("div", "region", {}, picture);
  const shape = (aspect * width) / height;
  Object.assign(region.style, { aspectRatio: shape, flex: `${shape} 1 0` });
  return region;
}

function figureOf({ pictures, caption }) {
  const shown = pictures.length > 1 ? make("div", "pair", {}, ...pictures.map(regionOf)) : photoOf(pictures[0]);
  return make("figure", "", {}, shown, make("figcaption", "", {}, caption));
}

/** Figures by rank. Each is made once and moves between both sides, so that no picture is fetched while dragging. */
class Cards {
  constructor() {
    this.known = new Map();
  }

  /** cards: what Python sent, each with its rank, in the order of the ranks. */
  take(cards) {
    const former = this.known;
    this.known = new Map();
    for (const card of cards) {
      const key = JSON.stringify(card);
      const before = former.get(card.rank);
      this.known.set(card.rank, before?.key === key ? before : { key, card, figure: null });
    }
  }

  /** The figures of ranks first, first + 1, ... before `end`, as far as they were sent. */
  between(first, end) {
    const found = [];
    for (let rank = Math.max(0, first); rank < end; rank++) {
      const entry = this.known.get(rank);
      if (entry) found.push((entry.figure ??= figureOf(entry.card)));
    }
    return found;
  }

  /** Make what was not shown yet, some at a time, those nearest to `rank` first: their pictures are fetched early. */
  prepare(rank) {
    const waiting = [...this.known.entries()].filter(([, entry]) => !entry.figure);
    waiting.sort(([one], [other]) => Math.abs(one - rank) - Math.abs(other - rank));
    const some = () => {
      for (const [, entry] of waiting.splice(0, 12)) entry.figure ??= figureOf(entry.card);
      if (waiting.length) setTimeout(some, 40);
    };
    setTimeout(some, 40);
  }
}
