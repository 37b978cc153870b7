// Arithmetic of rectangles. A box is [left, top, right, bottom] in whole pixels of the upright photo; size is
// [width, height] of the photo. Nothing here knows of the screen.

const MIN_SIDE = 8; // px of the photo; a smaller box is a slip of the hand

const within = (value, low, high) => Math.min(Math.max(value, low), high);
const smallest = (size) => size.map((side) => Math.min(MIN_SIDE, side));
const sameBox = (one, other) => one.every((edge, at) => edge === other[at]);

function movedBox([left, top, right, bottom], dx, dy, [width, height]) {
  const x = within(Math.round(left + dx), 0, width - (right - left));
  const y = within(Math.round(top + dy), 0, height - (bottom - top));
  return [x, y, x + right - left, y + bottom - top];
}

// edges: some of the letters n, e, s, w. The opposite edges stay where they are.
function resizedBox([left, top, right, bottom], edges, dx, dy, size) {
  const [wide, high] = smallest(size);
  if (edges.includes("w")) left = within(Math.round(left + dx), 0, right - wide);
  if (edges.includes("e")) right = within(Math.round(right + dx), left + wide, size[0]);
  if (edges.includes("n")) top = within(Math.round(top + dy), 0, bottom - high);
  if (edges.includes("s")) bottom = within(Math.round(bottom + dy), top + high, size[1]);
  return [left, top, right, bottom];
}

// The rectangle between two points; what lies beside the photo is cut off.
function drawnBox(from, to, [width, height]) {
  const xs = [from[0], to[0]].map((x) => within(Math.round(x), 0, width)).sort((a, b) => a - b);
  const ys = [from[1], to[1]].map((y) => within(Math.round(y), 0, height)).sort((a, b) => a - b);
  return [xs[0], ys[0], xs[1], ys[1]];
}

function isTooSmall(box, size) {
  const [wide, high] = smallest(size);
  return box[2] - box[0] < wide || box[3] - box[1] < high;
}

// A number was typed for one side: left and top move the box, width and height stretch it to the right and downwards.
function typedBox([left, top, right, bottom], side, value, size) {
  const [wide, high] = smallest(size);
  const width = right - left, height = bottom - top;
  if (side === "left") { left = within(value, 0, size[0] - wide); right = Math.min(size[0], left + width); }
  if (side === "top") { top = within(value, 0, size[1] - high); bottom = Math.min(size[1], top + height); }
  if (side === "width") right = within(left + value, left + wide, size[0]);
  if (side === "height") bottom = within(top + value, top + high, size[1]);
  return resizedBox([left, top, Math.max(right, left), Math.max(bottom, top)], "es", 0, 0, size);
}

// Where another box starts when none is drawn: along the diagonal, so that none hides another.
function anotherBox(count, [width, height]) {
  const from = 0.1 + 0.12 * ((count - 1) % 5), to = from + 0.3;
  const box = [from * width, from * height, to * width, to * height].map(Math.round);
  return resizedBox(box, "es", 0, 0, [width, height]);
}

// Those looked for come first: box 1 is always one of them, and their numbers are those of the answers.
function inOrder(boxes) {
  return [...boxes.filter((one) => one.role === "look"), ...boxes.filter((one) => one.role !== "look")];
}
