// Mouse, pen and fingers on the stage. A drag inside a box moves it, one on its edge resizes it, one elsewhere draws.
// The stage leaves vertical swipes to the page (touch-action in the CSS), so a phone scrolls by swiping beside the box.

const SLACK = { mouse: 3, pen: 4, touch: 8 }; // px; less is a click or a tap

function listenToPointers(stage, cropper) {
  const fingers = new Map();
  let gesture = null;
  let spaceHeld = false;

  const place = (event) => {
    const frame = stage.getBoundingClientRect();
    return [event.clientX - frame.left - stage.clientLeft, event.clientY - frame.top - stage.clientTop];
  };

  const intent = (event) => {
    if (event.button === 1 || spaceHeld || cropper.mode === "pan") return { kind: "pan" };
    if (cropper.mode) return { kind: cropper.mode };
    const box = event.target.closest?.(".box");
    if (!box) return { kind: "draw" };
    const number = Number(box.dataset.number);
    const handle = event.target.closest(".handle");
    return handle ? { kind: "resize", edges: handle.dataset.edges, number } : { kind: "move", number };
  };

  const begin = (event) => {
    if (event.pointerType === "mouse" && event.button > 1) return;
    const at = place(event);
    fingers.set(event.pointerId, at);
    if (fingers.size === 2) {
      takeBack();
      gesture = { kind: "pinch", ...spread() };
      return;
    }
    if (fingers.size > 2) return;
    gesture = { ...intent(event), start: at, from: cropper.view.toPhoto(...at), slack: SLACK[event.pointerType] ?? 4 };
    if (gesture.kind !== "pan") cropper.choose(gesture.number ?? cropper.chosen, true); // a field being typed in ends
    gesture.before = cropper.snapshot();
    stage.setPointerCapture(event.pointerId);
    if (event.pointerType !== "touch") event.preventDefault(); // no selection, no scrolling by the middle button
  };

  const spread = () => {
    const [one, two] = [...fingers.values()];
    const middle = [(one[0] + two[0]) / 2, (one[1] + two[1]) / 2];
    return { apart: Math.max(1, Math.hypot(one[0] - two[0], one[1] - two[1])), middle };
  };

  const move = (event) => {
    if (!gesture || !fingers.has(event.pointerId)) return;
    const at = place(event), last = fingers.get(event.pointerId);
    fingers.set(event.pointerId, at);
    if (gesture.kind === "pinch") return pinch();
    if (gesture.kind === "pan") return cropper.panBy(at[0] - last[0], at[1] - last[1]);
    if (!gesture.under_way && Math.hypot(at[0] - gesture.start[0], at[1] - gesture.start[1]) < gesture.slack) return;
    if (!gesture.under_way && isSwipe(event, at)) {
      gesture = null;
      return;
    }
    gesture.under_way = true;
    drag(at);
  };

  // A finger that starts beside the box and goes up or down wants to scroll the page.
  const isSwipe = (event, at) => event.pointerType === "touch" && gesture.kind === "draw" && !cropper.mode
    && Math.abs(at[1] - gesture.start[1]) > Math.abs(at[0] - gesture.start[0]);

  const pinch = () => {
    if (fingers.size < 2) return;
    const now = spread();
    cropper.view.zoomBy(now.apart / gesture.apart, ...now.middle);
    cropper.panBy(now.middle[0] - gesture.middle[0], now.middle[1] - gesture.middle[1]);
    Object.assign(gesture, now);
  };

  const drag = (at) => {
    const to = cropper.view.toPhoto(...at), { kind, from, before, edges } = gesture;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const box = before.boxes[before.chosen].box;
    if (kind === "move") cropper.put(movedBox(box, dx, dy, cropper.size));
    if (kind === "resize") cropper.put(resizedBox(box, edges, dx, dy, cropper.size));
    if (kind === "draw") cropper.put(drawnBox(from, to, cropper.size));
    if (kind === "add") {
      if (cropper.boxes.length === before.boxes.length) cropper.append(drawnBox(from, to, cropper.size));
      else cropper.put(drawnBox(from, to, cropper.size));
    }
  };

  const end = (event) => {
    if (!fingers.delete(event.pointerId) || !gesture) return;
    if (gesture.kind === "pinch") {
      if (!fingers.size) gesture = null;
      return;
    }
    const { kind, under_way, before } = gesture;
    gesture = null;
    if (!under_way) return;
    if (isTooSmall(cropper.boxes[cropper.chosen].box, cropper.size)) {
      cropper.restore(before);
      cropper.say(`A rectangle needs ${MIN_SIDE} pixels of the photo each way: the last one stays.`);
      return;
    }
    if (kind === "draw" || kind === "add") cropper.arm(null);
    cropper.settled();
  };

  const cancel = (event) => { // the page scrolls instead
    fingers.delete(event.pointerId);
    takeBack();
  };

  const takeBack = () => {
    if (gesture?.under_way) cropper.restore(gesture.before);
    gesture = null;
  };

  stage.addEventListener("pointerdown", begin);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointercancel", cancel);
  stage.addEventListener("touchmove", (event) => {
    if (event.cancelable && (event.touches.length > 1 || gesture?.under_way)) event.preventDefault();
  }, { passive: false });
  stage.addEventListener("contextmenu", (event) => fingers.size && event.preventDefault()); // a long press
  stage.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      cropper.zoomBy(Math.exp(within(-event.deltaY, -60, 60) / 120), place(event));
    } else if (cropper.view.zoom > 1 && cropper.panBy(-event.deltaX, -event.deltaY)) {
      event.preventDefault();
    }
  }, { passive: false });
  stage.addEventListener("keydown", (event) => { spaceHeld = spaceHeld || event.key === " "; });
  stage.addEventListener("keyup", (event) => { if (event.key === " ") spaceHeld = false; });
  stage.addEventListener("focusout", () => { spaceHeld = false; });
  return { isUnderWay: () => Boolean(gesture?.under_way), takeBack };
}
