"use strict";
// Drawings of a recording: the page holds them finished; here they are fitted to its width, and their axis of time moves.

const SVG = "http://www.w3.org/2000/svg";
const RIGHT = 12, TOP = 6;

class Plot {
  constructor(box) {
    this.box = box;
    this.left = Number(box.dataset.left);
    this.surface = box.querySelector(".panels");
    const from = Number(box.dataset.from), to = Number(box.dataset.to);
    this.axis = new TimeAxis(from, to, Math.min(0.001, (to - from) / 2));
    this.axis.changed = () => this.draw();
    this.panels = [...box.querySelectorAll("svg.panel")].map((svg) => new Panel(svg, svg.previousElementSibling));
    this.begin();
  }

  begin() {
    this.box.classList.add("live");
    for (const hidden of this.box.querySelectorAll(".plot-bar, .plot-help")) hidden.hidden = false;
    this.surface.tabIndex = 0;
    this.surface.setAttribute("aria-label", this.box.getAttribute("aria-label"));
    this.surface.setAttribute("role", "group");
    steer(this.surface, this.axis, {
      edges: () => ({ left: this.surface.getBoundingClientRect().left + this.left, width: this.inner }),
      wheels: (event) => event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY),
      hover: (event) => this.point(event.clientX - this.surface.getBoundingClientRect().left),
      leave: () => this.point(null),
    });
    const acts = { in: () => this.axis.zoom(0.5), out: () => this.axis.zoom(2), earlier: () => this.axis.move(-0.25),
      later: () => this.axis.move(0.25), reset: () => this.axis.reset() };
    for (const button of this.box.querySelectorAll(".plot-bar button")) button.addEventListener("click", acts[button.dataset.do]);
    new ResizeObserver(() => this.draw()).observe(this.surface);
  }

  draw() {
    const width = this.surface.clientWidth;
    if (!width) return;
    this.inner = width - this.left - RIGHT;
    const { step, places } = this.axis.marks(this.inner / 90);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const marks = places.map((t) => ({ x: this.left + ((t - this.axis.from) / this.axis.span) * this.inner, label: (t + 0).toFixed(digits) }));
    for (const panel of this.panels) panel.fit(this.left, width, this.inner, this.axis, marks);
    this.box.dataset.from = this.axis.from;
    this.box.dataset.to = this.axis.to;
    const fine = Math.max(3, digits + 1);
    this.box.querySelector(".range").textContent = this.axis.from.toFixed(fine) + " … " + this.axis.to.toFixed(fine) + " s";
  }

  // Values at a place of the window, `null` for none.
  point(x) {
    const inside = x !== null && x >= this.left && x <= this.left + this.inner;
    const t = inside ? this.axis.from + ((x - this.left) / this.inner) * this.axis.span : null;
    for (const panel of this.panels) panel.point(inside ? x : null, t);
    if (inside) this.box.querySelector(".range").textContent = "t = " + t.toFixed(3) + " s";
    else this.draw();
  }
}

class Panel {
  constructor(svg, head) {
    this.svg = svg;
    this.height = Number(svg.dataset.height);
    this.bottom = TOP + Number(svg.dataset.inner);
    this.data = svg.querySelector("svg.data");
    this.box = this.data.getAttribute("viewBox").split(" ").map(Number);
    this.values = [...this.data.querySelectorAll("path.s")].map(readSteps);
    this.outputs = [...head.querySelectorAll(".key output")];
    this.cursor = document.createElementNS(SVG, "path");
    this.cursor.setAttribute("class", "cursor");
    svg.append(this.cursor);
  }

  fit(left, width, inner, axis, marks) {
    this.svg.setAttribute("viewBox", "0 0 " + width + " " + this.height);
    this.data.setAttribute("width", inner);
    this.data.setAttribute("viewBox", [axis.from, this.box[1], axis.span, this.box[3]].join(" "));
    this.svg.querySelector(".frame").setAttribute("d", "M" + left + " " + TOP + "V" + this.bottom + "h" + inner);
    for (const line of this.svg.querySelectorAll(".grid-y path")) {
      line.setAttribute("d", line.getAttribute("d").replace(/H.*/, "H" + (left + inner)));
    }
    this.svg.querySelector(".grid").replaceChildren(...marks.map(({ x }) => made("path", { d: "M" + x + " " + TOP + "V" + this.bottom })));
    this.svg.querySelector(".ticks")?.replaceChildren(...marks.map(({ x, label }) => made("text", { x, y: this.bottom + 15 }, label)));
  }

  point(x, t) {
    this.cursor.setAttribute("d", x === null ? "" : "M" + x + " " + TOP + "V" + this.bottom);
    this.outputs.forEach((output, index) => { output.textContent = t === null ? "" : this.values[index](t); });
  }
}

function made(name, attributes, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

// A path of levels as a function of time; empty before its first and after its last point.
function readSteps(path) {
  const times = [], values = [];
  let end = 0, value = 0;
  for (const [, command, first, second] of path.getAttribute("d").matchAll(/([MHV])(-?[\d.]+)(?: (-?[\d.]+))?/g)) {
    if (command === "H") { end = Number(first); continue; }
    if (command === "M") { end = Number(first); value = second; } else value = first;
    times.push(end);
    values.push(value);
  }
  return (t) => (t < times[0] || t > end ? "" : values[Math.max(0, firstFrom(times, t + 1e-12) - 1)]);
}

// A drawing comes to life when it is first seen.
const watch = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watch.unobserve(target);
    new Plot(target);
  }
}, { rootMargin: "200px" });
for (const box of document.querySelectorAll(".plot")) watch.observe(box);
