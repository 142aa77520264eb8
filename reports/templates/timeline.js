"use strict";
// One timeline per channel: phases, messages and signals on a canvas, drawn anew on every change of the visible range.
for (const box of document.querySelectorAll(".timeline")) startTimeline(box);

function startTimeline(box) {
  const data = JSON.parse(box.querySelector("script").textContent);
  const canvas = box.querySelector("canvas"), context = canvas.getContext("2d"), tip = box.querySelector(".tip");
  const LABELS = 176, AXIS = 26, FINDINGS = 24, PHASES = 30, LANE = 18, SIGNAL = 50;
  const COLOURS = { charger: "#1f5fa8", vehicle: "#1d7a3e", sta: "#1f5fa8", vcu: "#1d7a3e", bsc: "#1d7a3e", bms: "#7a4fa3", failure: "#c21d1d", warning: "#b97a00", info: "#5a6570" };
  const FILLS = ["#dbe8f4", "#e3f1e4", "#f6ecd4", "#efe3f2", "#dff0ee", "#f7e0dc", "#e9ebee"];
  // Times are microseconds.
  const range = new TimeAxis(data.from, Math.max(data.to, data.from + 1000), 200);
  range.changed = draw;
  let rows = [], hits = [], width = 0;

  const x = (t) => LABELS + ((t - range.from) / range.span) * (width - LABELS);
  const time = (px) => range.from + ((px - LABELS) / (width - LABELS)) * range.span;
  const seconds = (t, digits = 6) => (t / 1e6).toFixed(digits);

  function layout() {
    rows = [{ kind: "findings", height: FINDINGS }, { kind: "phases", height: PHASES }];
    for (const lane of data.lanes) rows.push({ kind: "lane", lane, height: LANE });
    for (const lane of data.signals) if (lane.open) rows.push({ kind: "signal", lane, height: SIGNAL });
    let y = AXIS;
    for (const row of rows) { row.y = y; y += row.height; }
    const ratio = window.devicePixelRatio || 1;
    width = canvas.clientWidth;
    canvas.style.height = y + 4 + "px";
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round((y + 4) * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw();
  }

  function draw() {
    const height = canvas.height / (window.devicePixelRatio || 1);
    hits = [];
    context.clearRect(0, 0, width, height);
    context.font = "12px sans-serif";
    context.textBaseline = "middle";
    rows.forEach((row, index) => {
      context.fillStyle = index % 2 ? "#f7f9fb" : "#fff";
      context.fillRect(0, row.y, width, row.height);
    });
    drawAxis(height);
    context.save();
    context.beginPath();
    context.rect(LABELS, 0, width - LABELS, height);
    context.clip();
    for (const row of rows) ({ findings: drawFindings, phases: drawPhases, lane: drawLane, signal: drawSignal })[row.kind](row);
    context.restore();
    for (const row of rows) drawLabel(row);
    canvas.dataset.from = seconds(range.from);
    canvas.dataset.to = seconds(range.to);
    box.querySelector(".range").textContent = seconds(range.from, 3) + " … " + seconds(range.to, 3) + " s";
  }

  function drawAxis(height) {
    const { step, places } = range.marks((width - LABELS) / 110);
    const digits = Math.max(0, Math.min(6, 6 - Math.floor(Math.log10(step) + 1e-9)));
    context.textAlign = "center";
    for (const t of places) {
      context.fillStyle = "#dfe5ea";
      context.fillRect(x(t), AXIS - 4, 1, height);
      context.fillStyle = "#5a6570";
      context.fillText(seconds(t, digits), Math.max(LABELS + 24, Math.min(width - 24, x(t))), AXIS / 2 - 2);
    }
    context.textAlign = "left";
    context.fillText("s", 8, AXIS / 2 - 2);
  }

  function drawFindings(row) {
    data.findings.forEach((finding, index) => {
      const px = x(finding.t);
      if (px < LABELS - 6 || px > width + 6) return;
      const middle = row.y + row.height / 2;
      context.fillStyle = COLOURS[finding.s];
      context.beginPath();
      context.moveTo(px, middle + 7); context.lineTo(px - 6, middle - 6); context.lineTo(px + 6, middle - 6);
      context.fill();
      hits.push({ x: px - 6, y: row.y, w: 12, h: row.height, finding: index, at: px,
        text: seconds(finding.t) + " s  #" + (finding.f ?? "-") + "\n" + finding.x });
    });
  }

  function drawPhases(row) {
    data.phases.forEach((phase, index) => {
      const a = x(phase.a), b = Math.max(a + 1, x(phase.b));
      if (b < LABELS || a > width) return;
      context.fillStyle = phase.en.startsWith("error") ? "#f4b8b3" : FILLS[index % FILLS.length];
      context.fillRect(a, row.y + 3, b - a, row.height - 6);
      context.fillStyle = "#0b3d66";
      context.fillRect(a, row.y + 3, 1, row.height - 6);
      const left = Math.max(a, LABELS) + 4, room = Math.min(b, width) - left;
      const label = [phase.zh + " " + phase.en, phase.zh].find((words) => context.measureText(words).width < room);
      if (label) context.fillText(label, left, row.y + row.height / 2);
      hits.push({ x: a, y: row.y, w: b - a, h: row.height, at: (a + b) / 2,
        text: phase.zh + "  " + phase.en + "\n" + seconds(phase.a, 3) + " … " + seconds(phase.b, 3) + " s  #" + phase.f + "\n" + phase.x });
    });
  }

  function drawLane(row) {
    const { lane } = row, times = lane.t;
    context.fillStyle = COLOURS[lane.p] || COLOURS.info;
    let last = -9;
    for (let i = firstFrom(times, range.from); i < times.length && times[i] <= range.to; i++) {
      const px = Math.round(x(times[i]));
      if (px === last) continue;
      last = px;
      context.fillRect(px, row.y + 3, 1.5, row.height - 6);
    }
  }

  function drawSignal(row) {
    const { lane } = row, values = lane.v;
    let low = Math.min(...extremes(values)), high = Math.max(...extremes(values));
    if (low === high) { low -= 1; high += 1; }
    const y = (v) => row.y + row.height - 7 - ((v - low) / (high - low)) * (row.height - 14);
    context.strokeStyle = COLOURS[lane.p] || COLOURS.info;
    context.lineWidth = 1.5;
    context.beginPath();
    const first = Math.max(0, firstFrom(lane.t, range.from) - 1);
    let begun = false, lastX = null;
    for (let i = first; i < values.length && (i === first || lane.t[i] <= range.to); i++) {
      const px = x(lane.t[i]);
      const stop = i > first ? endOfSession(lane.t[i - 1]) : Infinity;
      if (begun && stop < lane.t[i]) {
        // Nothing was said between two sessions.
        context.lineTo(x(stop), y(values[i - 1]));
        context.moveTo(px, y(values[i]));
      } else if (begun && px - lastX < 0.3 && i + 1 < values.length) continue;
      else if (begun) context.lineTo(px, y(values[i - 1]));
      else context.moveTo(px, y(values[i]));
      context.lineTo(px, y(values[i]));
      begun = true;
      lastX = px;
    }
    const end = Math.min(firstFrom(lane.t, range.to + 1), values.length) - 1;
    if (begun && end >= 0) context.lineTo(x(Math.min(lane.b, range.to)), y(values[end]));
    context.stroke();
    row.low = low;
    row.high = high;
  }

  // End of the session that is under way at t.
  function endOfSession(t) {
    const found = data.sessions.find(([a, b]) => t >= a && t <= b);
    return found ? found[1] : Infinity;
  }

  function extremes(values) {
    let low = values[0], high = values[0];
    for (const value of values) { if (value < low) low = value; if (value > high) high = value; }
    return [low, high];
  }

  function drawLabel(row) {
    context.textAlign = "left";
    const middle = row.y + row.height / 2, names = { findings: "发现项 Findings", phases: "阶段 Phases" };
    context.fillStyle = row.lane ? COLOURS[row.lane.p] || COLOURS.info : "#0b3d66";
    const name = row.lane ? row.lane.n : names[row.kind];
    if (row.kind === "signal") {
      context.fillText(name.split(".")[0], 8, middle - 8);
      context.fillText(name.split(".")[1] + (row.lane.u ? " [" + row.lane.u + "]" : ""), 8, middle + 8, LABELS - 52);
      context.fillStyle = "#7a858e";
      context.font = "10px sans-serif";
      context.textAlign = "right";
      context.fillText(String(row.high), LABELS - 5, row.y + 9, 40);
      context.fillText(String(row.low), LABELS - 5, row.y + row.height - 8, 40);
      context.font = "12px sans-serif";
    } else context.fillText(name + (row.kind === "lane" ? "  ×" + row.lane.t.length : ""), 8, middle, LABELS - 14);
  }

  // What is under the pointer, or null.
  function hit(px, py) {
    if (px < LABELS) return null;
    const inside = hits.filter((one) => px >= one.x && px <= one.x + one.w && py >= one.y && py < one.y + one.h);
    if (inside.length) return inside.reduce((a, b) => (Math.abs(b.at - px) < Math.abs(a.at - px) ? b : a));
    const row = rows.find((one) => py >= one.y && py < one.y + one.height);
    if (!row || !row.lane) return null;
    const { lane } = row, t = time(px);
    let index = firstFrom(lane.t, t);
    if (row.kind === "signal") {
      index = Math.max(0, firstFrom(lane.t, t + 1) - 1);
      if (t < lane.t[0] || t > lane.b) return null;
      const value = lane.v[index], word = lane.c[value];
      return { text: lane.n + " = " + (word ? word + " (" + value + ")" : value + " " + lane.u) + "\n" + seconds(t) + " s" };
    }
    if (index > 0 && (index === lane.t.length || t - lane.t[index - 1] < lane.t[index] - t)) index--;
    if (Math.abs(x(lane.t[index]) - px) > 6) return null;
    const payload = lane.d[index], words = lane.w[payload];
    return { text: lane.n + "  #" + lane.f[index] + "  " + seconds(lane.t[index]) + " s\n" + lane.h[payload] + (words ? "\n" + words : "") };
  }

  function place(event) {
    const rect = canvas.getBoundingClientRect();
    return [event.clientX - rect.left, event.clientY - rect.top];
  }

  function hover(event) {
    const [px, py] = place(event), found = hit(px, py);
    tip.hidden = !found;
    if (!found) return;
    tip.textContent = found.text;
    tip.style.left = Math.min(px + 14, Math.max(0, width - tip.offsetWidth - 8)) + "px";
    tip.style.top = canvas.offsetTop + py + 18 + "px";
  }

  steer(canvas, range, {
    edges: () => ({ left: canvas.getBoundingClientRect().left + LABELS, width: width - LABELS }),
    wheels: () => true,
    hover,
    leave: () => { tip.hidden = true; },
    click: (event) => { const found = hit(...place(event)); if (found && found.finding !== undefined) mark(found.finding); },
  });

  function mark(index) {
    const row = document.getElementById("finding-" + box.dataset.view + "-" + index);
    if (!row) return;
    for (const other of document.querySelectorAll("tr.here")) other.classList.remove("here");
    row.classList.add("here");
    row.scrollIntoView({ block: "center" });
  }

  for (const button of box.querySelectorAll(".bar button")) {
    button.addEventListener("click", () => {
      ({ in: () => range.zoom(0.5), out: () => range.zoom(2), reset: () => range.reset() })[button.dataset.do]();
    });
  }
  box.querySelector("select")?.addEventListener("change", (event) => {
    if (event.target.value === "") return range.reset();
    const [a, b] = data.sessions[event.target.value], edge = Math.max((b - a) * 0.02, 1000);
    range.show(a - edge, b + edge);
  });
  for (const link of box.closest("section").querySelectorAll("a[data-at], a[data-from]")) {
    link.addEventListener("click", () => {
      if (link.dataset.at !== undefined) range.show(Number(link.dataset.at) - 500000, Number(link.dataset.at) + 500000);
      else { const a = Number(link.dataset.from), b = Number(link.dataset.to), edge = Math.max((b - a) * 0.05, 1000); range.show(a - edge, b + edge); }
    });
  }
  const chooser = box.querySelector(".signals");
  for (const lane of data.signals) {
    const label = document.createElement("label"), tick = document.createElement("input");
    tick.type = "checkbox";
    tick.checked = lane.open;
    tick.addEventListener("change", () => { lane.open = tick.checked; layout(); });
    label.append(tick, " " + lane.n + (lane.u ? " [" + lane.u + "]" : "") + (lane.v.length > 1 ? "" : " = " + (lane.c[lane.v[0]] ?? lane.v[0])));
    chooser.append(label);
  }
  window.addEventListener("resize", layout);
  layout();
}
