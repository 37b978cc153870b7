// Which part of the photo is on the screen, and how large. Screen points are CSS pixels from the stage's corner.

const MARGIN = 12; // px round the whole photo, so that handles at its edges can be held

class View {
  constructor(size) {
    this.size = size;
    this.zoom = 1;
    this.centre = [size[0] / 2, size[1] / 2];
    this.stage = [0, 0];
  }

  // Make room: the stage becomes as wide as it may and as tall as the whole photo then needs.
  fit(width, tallest) {
    const inner = Math.max(40, width - 2 * MARGIN);
    this.whole = Math.min(inner / this.size[0], Math.max(40, tallest - 2 * MARGIN) / this.size[1]);
    this.stage = [width, Math.round(this.size[1] * this.whole) + 2 * MARGIN];
    this.settle();
  }

  get scale() { return this.whole * this.zoom; }
  get largest() { return within(4 / this.whole, 4, 24); }

  // No empty space where there is photo to show.
  settle() {
    this.zoom = within(this.zoom, 1, this.largest);
    this.centre = this.centre.map((at, axis) => {
      const half = (this.stage[axis] / 2 - MARGIN) / this.scale;
      return 2 * half >= this.size[axis] ? this.size[axis] / 2 : within(at, half, this.size[axis] - half);
    });
  }

  toScreen(x, y) {
    return [this.stage[0] / 2 + (x - this.centre[0]) * this.scale, this.stage[1] / 2 + (y - this.centre[1]) * this.scale];
  }

  toPhoto(x, y) {
    return [this.centre[0] + (x - this.stage[0] / 2) / this.scale, this.centre[1] + (y - this.stage[1] / 2) / this.scale];
  }

  // The point of the photo under (x, y) stays there.
  zoomBy(factor, x, y) {
    const under = this.toPhoto(x, y);
    this.zoom = within(this.zoom * factor, 1, this.largest);
    const now = this.toPhoto(x, y);
    this.centre = [this.centre[0] + under[0] - now[0], this.centre[1] + under[1] - now[1]];
    this.settle();
  }

  // Returns whether there was anything left to see that way.
  pan(dx, dy) {
    const before = [...this.centre];
    this.centre = [before[0] - dx / this.scale, before[1] - dy / this.scale];
    this.settle();
    return Math.abs(before[0] - this.centre[0]) + Math.abs(before[1] - this.centre[1]) > 0.01 / this.scale;
  }

  // Bring a box into sight that the keyboard has moved out of it.
  show(box) {
    const [left, top] = this.toScreen(box[0], box[1]);
    const [right, bottom] = this.toScreen(box[2], box[3]);
    const past = (low, high, room) => (low < MARGIN ? MARGIN - low : Math.min(0, room - MARGIN - high));
    this.pan(past(left, right, this.stage[0]), past(top, bottom, this.stage[1]));
  }
}
