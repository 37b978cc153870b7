// A histogram whose line is delta. While it is dragged, the count and the pictures on both sides follow in the browser;
// Python hears of it when the line is let go.

const STEP = 0.01; // radians between places of the line
const PLOT = { height: 220, left: 52, right: 12, top: 32, bottom: 42 };
const QUIET = 350; // ms without a key press, then delta counts as let go
const SVG = "http://www.w3.org/2000/svg";
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -1e6, End: 1e6 };

function draw(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Whole numbers for an axis up to `most`, four or five of them; powers of ten on a log scale. */
function ticksUpTo(most, log) {
  if (log) return Array.from({ length: 8 }, (_, i) => 10 ** i).filter((tick) => tick <= most);
  const rough = Math.max(1, most / 4);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * size).find((each) => each >= rough);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

class Line {
  constructor(root) {
    this.cards = new Cards();
    this.place = null; // of the line, in steps
    this.told = null; // the last place that Python named
    this.sent = []; // places that Python was told and has not named yet
    this.start = null; // of the drag that is going on
    this._build(root);
    new ResizeObserver(() => this.data && this.drawChart()).observe(this.chart);
  }

  _build(root) {
    this.count = make("p", "count");
    this.grip = make("div", "grip", { role: "slider", tabindex: "0", "aria-label": "Delta in radians", "aria-valuemin": "0" });
    this.svg = draw("svg", { "aria-hidden": "true" });
    this.chart = make("div", "chart", {}, this.svg, this.grip);
    this.sides = ["inside", "outside"].map((name) => {
      const title = make("span"), cards = make("div", "cards"), note = make("p", "note");
      const side = make("section", name, {}, make("p", "heading", {}, make("span", "mark"), title), cards, note);
      return { side, title, cards, note };
    });
    root.replaceChildren(make("div", "view", {}, this.count, this.chart, make("div", "sides", {}, ...this.sides.map((one) => one.side))));
    this.chart.addEventListener("pointerdown", (event) => this.grab(event));
    this.chart.addEventListener("pointermove", (event) => this.start !== null && this.moveTo(this.under(event)));
    this.chart.addEventListener("pointerup", () => this.drop());
    this.chart.addEventListener("pointercancel", () => this.drop(true)); // the page scrolls instead
    this.grip.addEventListener("keydown", (event) => this.press(event));
  }

  // ---- data of Python

  update(data, tell) {
    this.data = data;
    this.tell = tell;
    this.last = Math.round(data.end / STEP);
    this.cards.take(data.cards);
    const place = Math.round(data.delta / STEP);
    if (place !== this.told) this.hear(place);
    this.chart.parentElement.style.setProperty("--least", data.least);
    this.drawChart();
    this.cards.prepare(data.ranks[this.place]);
  }

  /** Python names another place: an echo of what it was told, or news from another widget, which the line follows. */
  hear(place) {
    this.told = place;
    const echo = this.sent.indexOf(place);
    if (echo >= 0) this.sent.splice(0, echo + 1);
    else if (this.start === null) [this.place, this.sent] = [place, []];
  }

  // ---- pointer and keys

  under(event) {
    const across = event.clientX - this.chart.getBoundingClientRect().left - PLOT.left;
    return Math.round((across / this.width) * this.last);
  }

  grab(event) {
    if (event.button) return;
    this.start = this.place;
    this.chart.setPointerCapture(event.pointerId);
    this.grip.focus({ preventScroll: true });
    event.preventDefault();
    this.moveTo(this.under(event));
  }

  drop(back = false) {
    if (this.start === null) return;
    if (back) this.moveTo(this.start);
    this.start = null;
    this.letGo();
  }

  press(event) {
    const steps = KEYS[event.key];
    if (!steps || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.moveTo(this.place + steps);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.letGo(), QUIET);
  }

  letGo() {
    if (this.place === (this.sent.at(-1) ?? this.told)) return;
    this.sent.push(this.place);
    this.tell(Number((this.place * STEP).toFixed(2)));
  }

  moveTo(place) {
    place = Math.min(Math.max(place, 0), this.last);
    if (place === this.place) return;
    this.place = place;
    this.show();
  }

  // ---- drawing

  drawChart() {
    const { counts, end, bar, log, titles } = this.data;
    const whole = Math.max(240, this.chart.clientWidth), most = Math.max(1, ...counts);
    this.width = whole - PLOT.left - PLOT.right;
    const height = PLOT.height, bottom = PLOT.top + height;
    const scale = log ? (n) => Math.log1p(n) / Math.log1p(most) : (n) => n / most;
    const x = (angle) => PLOT.left + (angle / end) * this.width, y = (n) => bottom - scale(n) * height;
    this.svg.setAttribute("height", bottom + PLOT.bottom);
    this.svg.setAttribute("viewBox", `0 0 ${whole} ${bottom + PLOT.bottom}`);
    this.clip = draw("rect", { x: PLOT.left, y: PLOT.top, height, width: 0 });
    this.rule = draw("line", { class: "rule", y1: 14, y2: bottom });
    this.label = draw("text", { y: 18, "font-weight": "700" });
    const shape = counts
      .map((n, i) => n && `M${x(i * bar)},${bottom}V${y(n)}H${Math.max(x(i * bar) + 1, x(Math.min((i + 1) * bar, end)) - 1)}V${bottom}Z`)
      .filter(Boolean).join("");
    const mask = draw("clipPath", { id: "within" });
    mask.append(this.clip);
    const step = this.width < 420 ? 0.4 : 0.2;
    this.svg.replaceChildren(
      mask,
      ...ticksUpTo(most, log).flatMap((n) => [
        draw("line", { class: "grid", x1: PLOT.left, x2: whole - PLOT.right, y1: y(n), y2: y(n) }),
        draw("text", { x: PLOT.left - 6, y: y(n) + 4, "text-anchor": "end" }, n.toLocaleString("en")),
      ]),
      ...Array.from({ length: Math.floor(end / step + 1e-6) + 1 }, (_, i) => draw("text", { x: x(i * step), y: bottom + 16, "text-anchor": "middle" }, (i * step).toFixed(1))),
      draw("text", { x: PLOT.left + this.width / 2, y: bottom + 36, "text-anchor": "middle" }, titles[0]),
      draw("text", { transform: `translate(12 ${PLOT.top + height / 2}) rotate(-90)`, "text-anchor": "middle" }, titles[1]),
      draw("path", { class: "beyond", d: shape }),
      draw("path", { class: "within", d: shape, "clip-path": "url(#within)" }),
      this.rule,
      this.label,
    );
    this.grip.setAttribute("aria-valuemax", end);
    this.show();
  }

  /** Line, count and pictures at the line's place. */
  show() {
    const { labels, ranks, shown, total, empty, headings } = this.data;
    const place = Math.min(this.place, this.last), rank = ranks[place], delta = (place * STEP).toFixed(2);
    const at = PLOT.left + (place / this.last) * this.width, right = place > 0.6 * this.last;
    this.clip.setAttribute("width", Math.max(0, at - PLOT.left));
    this.rule.setAttribute("x1", at);
    this.rule.setAttribute("x2", at);
    this.grip.style.left = `${at}px`;
    this.label.setAttribute("x", right ? at - 20 : at + 20);
    this.label.setAttribute("text-anchor", right ? "end" : "start");
    this.label.textContent = `${delta} rad`;
    this.grip.setAttribute("aria-valuenow", delta);
    this.grip.setAttribute("aria-valuetext", `${delta} radians, ${labels[place]}`);
    this.count.replaceChildren(make("strong", "", {}, labels[place]), ` within ${delta} rad`);
    this.fill(this.sides[0], headings[0], rank - shown, rank, rank === 0 ? empty[0] : "");
    this.fill(this.sides[1], headings[1], rank, Math.min(rank + shown, total), rank >= total ? empty[1] : "");
  }

  fill({ title, cards, note }, heading, first, end, empty) {
    const figures = this.cards.between(first, end), wanted = end - Math.max(0, first);
    title.textContent = heading;
    cards.replaceChildren(...figures);
    note.textContent = empty || (figures.length < wanted ? "The other pictures come when you let go." : "");
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.line ??= new Line(root);
  root.line.update(data, (delta) => setTriggerValue("let_go", delta));
}
