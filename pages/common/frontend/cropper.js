// The cropper: rectangles on a photo, drawn, moved and resized by mouse, finger, keyboard or numbers. The browser keeps
// its own state for one photo and one revision; a newer revision from Python, and nothing else, replaces it.

const WIDE = 760; // px from which numbers and list stand beside the photo
const WAIT = 200; // ms after the last key before Python hears of it
const EDGES = ["n", "e", "s", "w", "nw", "ne", "se", "sw"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HINTS = {
  draw: "Drag on the photo: the rectangle is drawn anew.",
  add: "Drag on the photo round the next thing.",
  pan: "Drag to move the enlarged photo.",
  broken: "The photo could not be loaded: reload the page.",
  mouse: "Drag on the photo to draw. Drag inside the box to move it, its edges to resize it.",
  touch: "Drag the box or its corners, or tap Draw and drag. Swipe up or down beside the box to scroll.",
};

const summary = ({ boxes, combine }) => `${boxes.map(({ box, role }) => `${role} ${box}`).join("; ")} ${combine}`;

// What was sent and not yet answered. A visitor may leave the page before Python hears of a drag: back on the page it is
// sent again.
let unheard = null;

function unheardOf(data) {
  if (!unheard || unheard.photo !== data.photo || unheard.revision !== data.revision) return null;
  if (summary(unheard) === summary(data)) unheard = null;
  return unheard;
}

class Cropper {
  constructor(root) {
    this.picture = element("img", { alt: "Your photo", draggable: false });
    this.shade = element("canvas", { attributes: { "aria-hidden": "true" } });
    this.layer = element("div", { className: "layer" });
    this.stage = element("div", { className: "stage" }, this.picture, this.shade, this.layer);
    this.hint = element("p", { className: "hint" });
    this.live = element("div", { className: "live", attributes: { role: "status" } });
    this.mode = null;
    this.tools = buildTools(this);
    this.numbers = buildNumbers(this);
    this.list = buildList(this);
    const side = element("div", { className: "side" }, this.hint, this.numbers.root, this.list.root);
    root.replaceChildren(this.tools.root, this.stage, side, this.live);
    this.pointers = listenToPointers(this.stage, this);
    this.picture.onload = () => { this.broken = false; this.draw(); };
    this.picture.onerror = () => { this.broken = true; this.draw(); };
    root.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener("focusout", () => this.waiting && this.report());
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(root);
    this.root = root;
  }

  // What Python sent. Its boxes count when they are of another photo or another revision than those held here.
  take(data, send) {
    this.send = send;
    const pending = unheardOf(data);
    if (this.photo === data.photo && this.revision === data.revision) {
      if (this.broken || this.picture.getAttribute("src") !== data.url) this.picture.src = data.url;
      return;
    }
    if (this.photo !== data.photo) {
      this.picture.src = data.url;
      this.size = data.size;
      this.view = new View(data.size);
    }
    this.pointers.takeBack();
    clearTimeout(this.waiting);
    const { photo, revision, boxes, combine, colours, most } = data;
    Object.assign(this, { photo, revision, boxes, combine, colours, most, chosen: 0, mode: null, waiting: null });
    this.sent = summary(this);
    if (pending) {
      Object.assign(this, { boxes: pending.boxes, combine: pending.combine });
      this.report();
    }
    this.layout();
  }

  get looks() { return this.boxes.filter((one) => one.role === "look").length; }
  get stamp() { return `${this.photo}-${this.revision}-${this.chosen}-${this.boxes[this.chosen].box}`; }
  colour(at) { return this.colours[at % this.colours.length]; }
  snapshot() { return { boxes: this.boxes, chosen: this.chosen }; }
  restore(before) { Object.assign(this, before); this.draw(); }

  // ---- changes ----

  put(box) {
    this.boxes = this.boxes.map((one, at) => (at === this.chosen ? { ...one, box } : one));
    this.draw();
  }

  append(box) {
    this.boxes = inOrder([...this.boxes, { box, role: "look" }]);
    this.chosen = this.looks - 1;
    this.draw();
  }

  addByKeyboard() {
    if (this.boxes.length >= this.most) return;
    this.append(anotherBox(this.boxes.length, this.size));
    this.settled();
    this.layer.children[this.chosen].focus();
  }

  choose(at, focus = false) {
    this.chosen = at;
    this.draw();
    if (focus) this.layer.children[at].focus({ preventScroll: true });
  }

  setRole(at, role) {
    const box = { ...this.boxes[at], role };
    this.boxes = inOrder(this.boxes.map((one, number) => (number === at ? box : one)));
    this.chosen = this.boxes.indexOf(box);
    this.settled();
    this.list.focus(this.chosen, `.${role}`);
  }

  remove(at) {
    this.boxes = this.boxes.filter((one, number) => number !== at);
    this.chosen = within(this.chosen > at ? this.chosen - 1 : this.chosen, 0, this.boxes.length - 1);
    if (this.looks < 2) this.combine = "any";
    this.settled();
    this.layer.children[this.chosen].focus({ preventScroll: true });
  }

  combineBy(how) { this.combine = how; this.settled(); }

  type(side, input) {
    const value = Math.round(Number(input.value));
    const box = this.boxes[this.chosen].box;
    const now = input.value.trim() === "" || !Number.isFinite(value) ? box : typedBox(box, side, value, this.size);
    this.put(now);
    this.numbers.update(true);
    this.view.show(now);
    this.settled();
  }

  arm(mode) {
    this.mode = this.mode === mode ? null : mode;
    this.draw();
  }

  key(event) {
    if (event.key === "Escape" && (this.mode || this.pointers.isUnderWay())) {
      this.pointers.takeBack();
      this.arm(null);
      event.stopPropagation();
    }
    const onBox = event.target.classList?.contains("box");
    if (!onBox || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) this.nudge(arrow, event);
    else if (event.key === "Delete" && (this.looks > 1 || this.boxes[this.chosen].role !== "look")) this.remove(this.chosen);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
    else if (event.key === "-") this.zoomBy(1 / 1.5);
    else if (event.key === "0") this.zoomBy(0);
    else if (event.key !== " ") return;
    event.preventDefault(); // nor does the page scroll
    event.stopPropagation();
  }

  // Four pixels of the screen; with Ctrl one pixel of the photo.
  nudge([x, y], event) {
    const step = event.ctrlKey ? 1 : Math.max(1, Math.round(4 / this.view.scale));
    const box = this.boxes[this.chosen].box;
    const change = event.shiftKey ? resizedBox(box, "es", x * step, y * step, this.size) : movedBox(box, x * step, y * step, this.size);
    if (sameBox(change, box)) return;
    this.view.show(change);
    this.put(change);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.report(), WAIT);
  }

  zoomBy(factor, at = null) {
    if (!factor) this.view.zoom = 1;
    const box = this.boxes[this.chosen].box;
    const middle = this.view.toScreen((box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
    this.view.zoomBy(factor || 1, ...(at ?? middle));
    if (this.view.zoom <= 1 && this.mode === "pan") this.mode = null;
    this.draw();
  }

  panBy(dx, dy) {
    const moved = this.view.pan(dx, dy);
    this.draw();
    return moved;
  }

  // ---- to Python, when the hand has let go ----

  settled() { this.draw(); this.report(); }

  value() {
    const { photo, revision, combine } = this;
    return { photo, revision, combine, boxes: this.boxes.map(({ box, role }) => ({ box, role })) };
  }

  report() {
    clearTimeout(this.waiting);
    this.waiting = null;
    if (summary(this) === this.sent) return;
    this.sent = summary(this);
    this.say(this.describe(this.chosen));
    unheard = this.value();
    this.send(unheard);
  }

  describe(at) {
    const { box: [left, top, right, bottom], role } = this.boxes[at];
    const what = this.boxes.length > 1 ? `Box ${at + 1}, ${ROLES[role].toLowerCase()}` : "Box";
    return `${what}: left ${left}, top ${top}, width ${right - left}, height ${bottom - top} pixels`;
  }

  say(text) { this.live.textContent = text; }

  // ---- on the screen ----

  layout() {
    this.root.classList.toggle("wide", this.root.clientWidth >= WIDE);
    const width = Math.floor(this.stage.clientWidth);
    if (!this.view || width < 40) return; // not on the screen yet
    this.view.fit(width, within(0.6 * window.innerHeight, 240, 660));
    this.draw();
  }

  draw() {
    if (!this.view?.whole) return;
    const { view, stage } = this;
    stage.style.height = `${view.stage[1]}px`;
    stage.dataset.mode = this.mode ?? "";
    place(this.picture, view, [0, 0, ...this.size]);
    this.paintBoxes();
    paintShade(this.shade, view, this.boxes, this.size);
    this.tools.update();
    this.numbers.update();
    this.list.update();
    const held = matchMedia("(pointer: coarse)").matches ? "touch" : "mouse";
    this.hint.textContent = HINTS[this.broken ? "broken" : this.mode ?? held];
  }

  paintBoxes() {
    const shown = this.layer.children;
    while (shown.length > this.boxes.length) shown[shown.length - 1].remove();
    while (shown.length < this.boxes.length) this.layer.append(this.newBox(shown.length));
    this.boxes.forEach(({ box, role }, at) => {
      const [width, height] = place(shown[at], this.view, box);
      const flags = { chosen: at === this.chosen, avoid: role === "avoid", many: this.boxes.length > 1, narrow: width < 56, low: height < 56 };
      for (const [name, on] of Object.entries(flags)) shown[at].classList.toggle(name, on);
      shown[at].style.setProperty("--colour", this.colour(at));
      shown[at].setAttribute("aria-label", `${this.describe(at)}. Arrow keys move it, with Shift they resize it, with Control by one pixel.`);
    });
  }

  newBox(number) {
    const handles = EDGES.map((edges) => element("span", { className: `handle ${edges}`, attributes: { "data-edges": edges } }));
    const attributes = { role: "application", "aria-roledescription": "rectangle", tabindex: "0", "data-number": number };
    const made = element("div", { className: "box", attributes }, element("span", { className: "number", textContent: number + 1 }), ...handles);
    made.addEventListener("focus", () => this.chosen !== number && this.choose(number));
    return made;
  }
}

function place(node, view, [left, top, right, bottom]) {
  const [x, y] = view.toScreen(left, top);
  const width = (right - left) * view.scale, height = (bottom - top) * view.scale;
  Object.assign(node.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  node.style.setProperty("--w", `${width}px`);
  node.style.setProperty("--h", `${height}px`);
  return [width, height];
}

// The photo outside the boxes lies in the dark; a box that is not meant is hatched.
function paintShade(canvas, view, boxes, size) {
  const sharp = window.devicePixelRatio || 1, [width, height] = view.stage;
  canvas.width = Math.round(width * sharp);
  canvas.height = Math.round(height * sharp);
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  const area = ([left, top, right, bottom]) => [...view.toScreen(left, top), (right - left) * view.scale, (bottom - top) * view.scale];
  pen.fillStyle = "rgba(0, 0, 0, 0.55)";
  pen.fillRect(...area([0, 0, ...size]));
  for (const { box, role } of boxes) if (role === "look") pen.clearRect(...area(box));
  for (const { box, role } of boxes) if (role === "avoid") hatch(pen, area(box));
}

function hatch(pen, [x, y, width, height]) {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.clearRect(x, y, width, height);
  pen.strokeStyle = "rgba(0, 0, 0, 0.55)";
  pen.lineWidth = 2;
  pen.beginPath();
  for (let at = -height; at < width; at += 12) {
    pen.moveTo(x + at, y + height);
    pen.lineTo(x + at + height, y);
  }
  pen.stroke();
  pen.restore();
}

const croppers = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".cropper");
  if (!croppers.has(root)) croppers.set(root, new Cropper(root));
  const cropper = croppers.get(root);
  cropper.take(data, (value) => root.isConnected && setStateValue("crops", value));
}
