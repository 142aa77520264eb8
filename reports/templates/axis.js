"use strict";
// What the pages with drawings over time share: the visible part of the axis, round marks on it, and the gestures that move it.

class TimeAxis {
  // The whole runs from `from` to `to`, any unit; no less than `least` of it is ever shown.
  constructor(from, to, least) {
    this.whole = { from, to };
    this.from = from;
    this.to = to;
    this.least = least;
    this.changed = () => {};
  }

  get span() { return this.to - this.from; }
  get middle() { return (this.from + this.to) / 2; }

  show(from, to) {
    const all = this.whole.to - this.whole.from, span = Math.min(Math.max(to - from, this.least), all);
    this.from = span === all ? this.whole.from : Math.min(Math.max(from, this.whole.from), this.whole.to - span);
    this.to = span === all ? this.whole.to : this.from + span;
    this.changed();
  }

  // A factor below 1 shows less; what is at `at` stays where it is.
  zoom(factor, at = this.middle) { this.show(at - (at - this.from) * factor, at + (this.to - at) * factor); }
  move(share) { this.show(this.from + share * this.span, this.to + share * this.span); }
  reset() { this.show(this.whole.from, this.whole.to); }

  // At most `most` round places, and the step between them.
  marks(most) {
    const step = roundStep(this.span / Math.max(1, most)), places = [];
    for (let n = Math.ceil(this.from / step - 1e-9); n * step <= this.to + step * 1e-9; n++) places.push(n * step);
    return { step, places };
  }
}

function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9));
}

// First index of an ascending list whose value is not before `value`.
function firstFrom(list, value) {
  let low = 0, high = list.length;
  while (low < high) { const middle = (low + high) >> 1; if (list[middle] < value) low = middle + 1; else high = middle; }
  return low;
}

// Lets pointer, wheel and keys move `axis`. `edges()` gives where the axis begins and ends in the window; `wheels(event)` says
// whether the wheel is meant for the drawing and not for the page; `hover` and `click` get the event where nothing is dragged.
function steer(surface, axis, { edges, wheels, hover = () => {}, leave = () => {}, click = () => {} }) {
  const held = new Map();
  let start = null;

  const place = (event) => { const { left, width } = edges(); return Math.min(1, Math.max(0, (event.clientX - left) / width)); };
  const at = (event) => axis.from + place(event) * axis.span;

  function hold() {
    const ends = [...held.values()].sort((a, b) => a - b);
    start = ends.length ? { ends, from: axis.from, to: axis.to, moved: false } : null;
  }

  function drag() {
    const { left, width } = edges(), ends = [...held.values()].sort((a, b) => a - b), span = start.to - start.from;
    const before = (px) => start.from + ((px - left) / width) * span;
    if (ends.length === 1) {
      const shift = ((start.ends[0] - ends[0]) / width) * span;
      axis.show(start.from + shift, start.to + shift);
    } else {
      // Both fingers keep what is below them.
      const wanted = Math.max(axis.least, ((before(start.ends[1]) - before(start.ends[0])) * width) / Math.max(8, ends[1] - ends[0]));
      const from = before(start.ends[0]) - ((ends[0] - left) / width) * wanted;
      axis.show(from, from + wanted);
    }
  }

  surface.addEventListener("wheel", (event) => {
    if (!wheels(event)) return;
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) axis.move(event.deltaX / edges().width);
    else axis.zoom(event.deltaY > 0 ? 1.25 : 0.8, at(event));
  }, { passive: false });
  surface.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    held.set(event.pointerId, event.clientX);
    surface.setPointerCapture(event.pointerId);
    hold();
  });
  surface.addEventListener("pointermove", (event) => {
    if (!held.has(event.pointerId)) return hover(event);
    held.set(event.pointerId, event.clientX);
    if (held.size === 1 && Math.abs(event.clientX - start.ends[0]) < 4 && !start.moved) return;
    start.moved = true;
    surface.classList.add("dragging");
    leave();
    drag();
  });
  const release = (event) => {
    if (!held.delete(event.pointerId)) return;
    surface.classList.remove("dragging");
    if (event.type === "pointerup" && !start.moved) click(event);
    hold();
  };
  surface.addEventListener("pointerup", release);
  surface.addEventListener("pointercancel", release);
  surface.addEventListener("pointerleave", () => leave());
  surface.addEventListener("dblclick", () => axis.reset());
  surface.addEventListener("keydown", (event) => {
    const act = { ArrowLeft: () => axis.move(-0.2), ArrowRight: () => axis.move(0.2), "+": () => axis.zoom(0.8), "=": () => axis.zoom(0.8),
      "-": () => axis.zoom(1.25), 0: () => axis.reset() }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
}
