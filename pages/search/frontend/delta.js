// The threshold: a slider over the histogram of all photos, and the presets. It never takes a value from Python while a
// newer one of the visitor is on its way.

const SETTLED = 160; // ms without a move, after which Python is told

class Delta {
  // onMove(delta): on every move, at once. onSettle(delta, number): when moves have stopped.
  constructor(onMove, onSettle) {
    this.onMove = onMove;
    this.onSettle = onSettle;
    this.sent = 0;
    this.timer = 0;
    this.element = make("div", "lk-delta st-key-delta-bar");
    this.label = make("label", "lk-delta-label");
    this.value = make("output", "lk-delta-value");
    this.bars = make("canvas", "lk-bars");
    this.bars.setAttribute("aria-hidden", "true");
    this.range = make("input", "lk-range");
    this.range.type = "range";
    this.range.id = `lk-range-${Math.random().toString(36).slice(2)}`;
    this.range.min = 0;
    this.range.step = 0.01;
    this.label.htmlFor = this.range.id;
    this.presets = make("div", "lk-presets");
    this.presets.setAttribute("role", "group");
    this.presets.setAttribute("aria-label", "How alike? The same …");
    this.note = make("p", "lk-preset-note");
    const head = make("div", "lk-delta-head");
    head.append(this.label, this.value);
    this.element.append(head, this.bars, this.range, this.presets, this.note);
    this.range.addEventListener("input", () => this.move(Number(this.range.value)));
    this.range.addEventListener("change", () => this.settleSoon());
    new ResizeObserver(() => this.draw()).observe(this.bars);
  }

  get waiting() {
    return this.timer !== 0;
  }

  take(data) {
    this.data = data;
    this.label.textContent = "Threshold delta";
    this.range.max = data.end;
    this.drawPresets();
    this.note.textContent = data.presetNote;
    this.note.hidden = !data.presetNote;
    const newer = this.waiting || data.heard < this.sent;
    if (!newer || this.delta === undefined) this.show(data.delta);
    else this.show(Math.min(this.delta, data.end));
  }

  show(delta) {
    this.delta = Math.round(delta * 100) / 100;
    this.range.value = this.delta;
    const degrees = Math.round((this.delta * 180) / Math.PI);
    this.value.textContent = `${this.delta.toFixed(2)} rad`;
    this.value.title = `${degrees}°, a cosine of ${Math.cos(this.delta).toFixed(2)} or more`;
    this.range.setAttribute("aria-valuetext", `${this.delta.toFixed(2)} radians, ${degrees} degrees`);
    for (const button of this.presets.children) {
      button.setAttribute("aria-pressed", String(Math.abs(Number(button.dataset.delta) - this.delta) < 0.005));
    }
    this.draw();
  }

  move(delta) {
    this.show(delta);
    this.onMove(this.delta);
    this.settleSoon();
  }

  settleSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = 0;
      if (this.delta === this.data.delta && this.data.heard >= this.sent) return;
      this.sent += 1;
      this.onSettle(this.delta, this.sent);
    }, SETTLED);
  }

  drawPresets() {
    const said = JSON.stringify(this.data.presets);
    if (said === this.saidPresets) return;
    this.saidPresets = said;
    this.presets.replaceChildren(
      ...this.data.presets.map(({ name, delta }) => {
        const button = make("button", "lk-preset", `${name} · ${delta.toFixed(2)}`);
        button.type = "button";
        button.dataset.delta = delta;
        button.title = this.data.presetHelp;
        button.addEventListener("click", () => this.move(delta));
        return button;
      }),
    );
  }

  // Photos by their angle, in steps of 0.02 rad; those within delta in colour.
  draw() {
    const { width, height } = this.bars.getBoundingClientRect();
    if (!this.data || !width) return;
    const ratio = window.devicePixelRatio || 1;
    this.bars.width = width * ratio;
    this.bars.height = height * ratio;
    const pen = this.bars.getContext("2d");
    pen.scale(ratio, ratio);
    const style = getComputedStyle(this.element);
    const inside = style.getPropertyValue("--lk-found");
    const outside = style.getPropertyValue("--lk-quiet");
    const within = this.data.within;
    const counts = [];
    for (let i = 0; i + 1 < within.length; i += 2) counts.push((within[i + 2] ?? within.at(-1)) - within[i]);
    const tallest = Math.max(1, ...counts.map(Math.sqrt));
    const start = THUMB / 2;
    const step = (width - THUMB) * (0.02 / this.data.end);
    counts.forEach((count, i) => {
      const tall = count ? Math.max(2, (height * Math.sqrt(count)) / tallest) : 0;
      pen.fillStyle = 0.02 * (i + 0.5) <= this.delta ? inside : outside;
      pen.fillRect(start + i * step, height - tall, Math.max(1, step - 1), tall);
    });
  }
}

const THUMB = 18; // px of the slider's knob: its middle cannot reach the ends of the track
