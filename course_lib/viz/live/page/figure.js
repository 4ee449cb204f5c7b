// The page's side of a live figure: controls, canvas, caption. No build step, no library.
//
// Traits from Python: spec (controls, presets, size, color tables), background (PNG), frame (header and arrays),
// reply (values, caption, and which message it answers). To Python: {client, seq, values}, at most one in flight;
// while Python computes, only the newest values are kept, so a slow machine shows fewer pictures, never old ones.

const PATIENCE = 2000; // ms without an answer before the reader is told
const PLAY_SECONDS = 8; // time a full run of a play button takes

const CSS = `
.course-live { --line: var(--jp-border-color1, #c4c4c4); --ink: var(--jp-ui-font-color1, #222);
  --soft: var(--jp-ui-font-color2, #555); --field: var(--jp-layout-color1, #fff); --accent: #0173b2;
  color: var(--ink); font: 13px/1.4 var(--jp-ui-font-family, system-ui, sans-serif); box-sizing: border-box;
  width: 100%; padding: 4px 2px 6px; }
.course-live * { box-sizing: border-box; }
.course-live .head { display: flex; flex-wrap: wrap; gap: 0 14px; align-items: baseline; margin: 0 0 6px; }
.course-live .title { font-weight: 600; font-size: 14px; }
.course-live .presets { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin: 0 0 8px; }
.course-live .presets span { color: var(--soft); margin-right: 2px; }
.course-live button { font: inherit; font-size: 12px; line-height: 1.3; color: var(--ink); background: var(--field);
  border: 1px solid var(--line); border-radius: 4px; padding: 3px 9px; cursor: pointer; }
.course-live button:hover { border-color: var(--accent); color: var(--accent); }
.course-live :is(button, input, select):focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.course-live .controls { display: grid; gap: 5px 26px; margin: 0 0 8px;
  grid-template-columns: repeat(auto-fit, minmax(min(330px, 100%), 1fr)); }
.course-live .control { display: grid; grid-template-columns: 124px minmax(60px, 1fr) 76px auto;
  gap: 8px; align-items: center; min-height: 26px; }
.course-live .control label { overflow-wrap: anywhere; line-height: 1.2; }
.course-live .control .tail { min-width: 22px; color: var(--soft); white-space: nowrap; }
.course-live input[type=range] { width: 100%; margin: 0; accent-color: var(--accent); height: 20px; cursor: pointer; }
.course-live :is(input[type=number], select) { font: inherit; color: var(--ink); background: var(--field);
  border: 1px solid var(--line); border-radius: 4px; padding: 2px 5px; height: 25px; }
.course-live input[type=number] { width: 76px; font-variant-numeric: tabular-nums; }
.course-live select { grid-column: 2 / 4; width: 100%; }
.course-live .play { padding: 1px 0; width: 26px; height: 24px; }
.course-live canvas { display: block; width: 100%; height: auto; background: #fff; border: 1px solid var(--line);
  border-radius: 4px; }
.course-live .caption { margin-top: 6px; overflow-y: auto; line-height: 1.45; font-variant-numeric: tabular-nums; }
.course-live .caption.failed { color: var(--jp-error-color1, #b3261e); }
.course-live .status { color: var(--soft); font-size: 12px; }
`;

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// ---------------------------------------------------------------------------------------------------------- drawing

function bytesOf(view) {
  if (!view) return new Uint8Array(0);
  return view instanceof Uint8Array ? view : new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength);
}

function colorTable(text) {
  const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    table[i] = (255 << 24) | (raw[3 * i + 2] << 16) | (raw[3 * i + 1] << 8) | raw[3 * i];
  }
  return table;
}

function parseFrame(view) {
  const raw = bytesOf(view);
  if (raw.length < 4) return null;
  const copy = raw.slice(); // own buffer, so that float arrays are aligned
  const length = new DataView(copy.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(copy.subarray(4, 4 + length)));
  header.start = 4 + length;
  header.buffer = copy.buffer;
  header.floats = ([offset, count]) => new Float32Array(copy.buffer, header.start + offset, count);
  header.bytes = ([offset, count]) => new Uint8Array(copy.buffer, header.start + offset, count);
  return header;
}

const spare = document.createElement("canvas");

function drawImage(ctx, frame, layer, tables) {
  const [rows, columns] = layer.shape;
  spare.width = columns;
  spare.height = rows;
  const picture = new ImageData(columns, rows);
  const pixels = new Uint32Array(picture.data.buffer);
  const entries = frame.bytes(layer.data);
  const table = tables[layer.colors];
  for (let i = 0; i < entries.length; i++) pixels[i] = table[entries[i]];
  spare.getContext("2d").putImageData(picture, 0, 0);
  ctx.imageSmoothingEnabled = layer.smooth;
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(spare, ...layer.box);
}

function drawLine(ctx, frame, layer) {
  const x = frame.floats(layer.x), y = frame.floats(layer.y);
  ctx.strokeStyle = layer.color;
  ctx.lineWidth = layer.width;
  ctx.lineCap = layer.dash.length ? "butt" : "round";
  ctx.lineJoin = "round";
  ctx.setLineDash(layer.dash);
  ctx.beginPath();
  let down = false;
  for (let i = 0; i < x.length; i++) {
    if (!(Number.isFinite(x[i]) && Number.isFinite(y[i]))) down = false;
    else if (down) ctx.lineTo(x[i], y[i]);
    else { ctx.moveTo(x[i], y[i]); down = true; }
  }
  ctx.stroke();
}

function tracePoint(ctx, marker, x, y, r) {
  if (marker === "o") { ctx.moveTo(x + r, y); ctx.arc(x, y, r, 0, 2 * Math.PI); }
  else if (marker === "s") ctx.rect(x - r, y - r, 2 * r, 2 * r);
  else if (marker === "D") { ctx.moveTo(x, y - r); ctx.lineTo(x + r, y); ctx.lineTo(x, y + r); ctx.lineTo(x - r, y); ctx.closePath(); }
  else if (marker === "^") { ctx.moveTo(x, y - r); ctx.lineTo(x + r, y + r); ctx.lineTo(x - r, y + r); ctx.closePath(); }
  else if (marker === "v") { ctx.moveTo(x, y + r); ctx.lineTo(x + r, y - r); ctx.lineTo(x - r, y - r); ctx.closePath(); }
  else if (marker === "x") { ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r); ctx.moveTo(x - r, y + r); ctx.lineTo(x + r, y - r); }
  else if (marker === "+") { ctx.moveTo(x - r, y); ctx.lineTo(x + r, y); ctx.moveTo(x, y - r); ctx.lineTo(x, y + r); }
}

function drawPoints(ctx, frame, layer) {
  const x = frame.floats(layer.x), y = frame.floats(layer.y);
  const solid = layer.filled && layer.marker !== "x" && layer.marker !== "+";
  ctx.setLineDash([]);
  ctx.fillStyle = layer.color;
  ctx.strokeStyle = solid ? layer.edge : layer.color;
  ctx.lineWidth = solid ? 1.2 : 2;
  for (let i = 0; i < x.length; i++) {
    if (!(Number.isFinite(x[i]) && Number.isFinite(y[i]))) continue;
    ctx.beginPath();
    tracePoint(ctx, layer.marker, x[i], y[i], layer.size / 2);
    if (solid) ctx.fill();
    ctx.stroke();
  }
}

function drawBars(ctx, frame, layer) {
  const corners = frame.floats(layer.corners);
  layer.colors.forEach((color, i) => {
    const [x0, x1, y0, y1] = corners.subarray(4 * i, 4 * i + 4);
    if (![x0, x1, y0, y1].every(Number.isFinite)) return;
    ctx.fillStyle = color;
    ctx.fillRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  });
}

function drawText(ctx, frame, layer) {
  const x = frame.floats(layer.x), y = frame.floats(layer.y);
  ctx.font = `${layer.bold ? "bold " : ""}${layer.size}px "DejaVu Sans", Verdana, Geneva, sans-serif`;
  ctx.textAlign = layer.ha;
  ctx.textBaseline = "alphabetic";
  const lineHeight = layer.size * 1.25;
  layer.text.forEach((text, i) => {
    if (!(Number.isFinite(x[i]) && Number.isFinite(y[i]))) return;
    const lines = text.split("\n");
    const height = lineHeight * lines.length;
    const top = y[i] - { top: 0, center: height / 2, bottom: height }[layer.va];
    if (layer.box) {
      const width = Math.max(...lines.map((line) => ctx.measureText(line).width));
      const left = x[i] - { left: 0, center: width / 2, right: width }[layer.ha];
      ctx.fillStyle = "rgba(255,255,255,0.85)";
      ctx.fillRect(left - 3, top - 2, width + 6, height + 4);
    }
    ctx.fillStyle = layer.color;
    lines.forEach((line, k) => ctx.fillText(line, x[i], top + k * lineHeight + layer.size * 0.98));
  });
}

const DRAW = { image: drawImage, line: drawLine, points: drawPoints, bars: drawBars, text: drawText };

function drawLayer(ctx, frame, layer, tables) {
  ctx.save();
  if (layer.type !== "text") {
    const [x, y, width, height] = frame.panels[layer.panel];
    const room = layer.type === "points" ? layer.size / 2 + 1 : 0;
    ctx.beginPath();
    ctx.rect(x - room, y - room, width + 2 * room, height + 2 * room);
    ctx.clip();
  }
  ctx.globalAlpha = layer.alpha ?? 1;
  DRAW[layer.type](ctx, frame, layer, tables);
  ctx.restore();
}

// The canvas follows the size it is shown at and the screen's pixel ratio, so it is sharp on every screen.
function makeCanvas(model, spec) {
  const [width, height] = spec.size;
  const canvas = element("canvas", { role: "img", "aria-label": `${spec.title}. ${spec.alt}` });
  canvas.style.maxWidth = `${width}px`;
  canvas.style.aspectRatio = `${width} / ${height}`;
  const ctx = canvas.getContext("2d");
  const tables = Object.fromEntries(Object.entries(spec.tables).map(([name, text]) => [name, colorTable(text)]));
  let background = null, frame = parseFrame(model.get("frame")), asked = false;

  function draw() {
    asked = false;
    const shown = canvas.clientWidth || width;
    const scale = Math.max(1, (window.devicePixelRatio || 1) * shown / width);
    const pixels = [Math.round(width * scale), Math.round(height * scale)];
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
    ctx.setTransform(scale, 0, 0, scale, 0, 0);
    ctx.fillStyle = "#fff";
    ctx.fillRect(0, 0, width, height);
    const layers = frame ? frame.layers : [];
    for (const layer of layers) if (layer.type === "image") drawLayer(ctx, frame, layer, tables);
    if (background) {
      ctx.imageSmoothingEnabled = true;
      ctx.imageSmoothingQuality = "high";
      ctx.drawImage(background, 0, 0, width, height);
    }
    for (const layer of layers) if (layer.type !== "image") drawLayer(ctx, frame, layer, tables);
    canvas.dataset.pictures = Number(canvas.dataset.pictures || 0) + 1;
  }
  function ask() {
    if (!asked) { asked = true; requestAnimationFrame(draw); }
  }
  // A new background is decoded first; the frame that belongs to it waits, so axes and curves change together.
  let loading = 0;
  async function load() {
    const turn = ++loading;
    const picture = await createImageBitmap(new Blob([bytesOf(model.get("background"))], { type: "image/png" }));
    if (turn !== loading) return;
    loading = 0;
    background = picture;
    frame = parseFrame(model.get("frame"));
    ask();
  }
  function receive() {
    if (loading) return;
    frame = parseFrame(model.get("frame"));
    ask();
  }
  model.on("change:background", load);
  model.on("change:frame", receive);
  const watcher = new ResizeObserver(ask);
  watcher.observe(canvas);
  load();
  return { canvas, close() {
    watcher.disconnect();
    model.off("change:background", load);
    model.off("change:frame", receive);
  } };
}

// --------------------------------------------------------------------------------------------------------- controls

let counter = 0;

function decimals(step) {
  return Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
}

function makeSlider(control, changed) {
  const id = `course-live-${++counter}`;
  const toValue = (position) => (control.log ? 10 ** position : position);
  const toPosition = (value) => (control.log ? Math.log10(value) : value);
  const round = (value) => (control.log ? Number(value.toPrecision(3)) : Number(value.toFixed(decimals(control.step))));
  const range = element("input", { type: "range", id, min: String(control.low), max: String(control.high),
    step: String(control.step) });
  const number = element("input", { type: "number", step: "any", "aria-label": `${control.label}, typed` });
  if (!control.log) number.step = String(control.step);
  const tail = element("span", { class: "tail" }, control.unit);
  let value = 0, typing = false, timer = null;

  function show(next) {
    value = next;
    range.value = String(toPosition(next));
    range.setAttribute("aria-valuetext", `${shown(next)} ${control.unit}`.trim());
    if (!typing) number.value = shown(next);
  }
  const shown = (v) => String(control.integer ? v : control.log ? Number(v.toPrecision(4)) : Number(v.toPrecision(6)));
  function choose(next) { show(next); changed(control.name, next); }

  range.addEventListener("input", () => { stop(); choose(round(toValue(Number(range.value)))); });
  number.addEventListener("input", () => { typing = true; });
  number.addEventListener("change", () => {
    typing = false;
    stop();
    const typed = Number(number.value);
    const [low, high] = [toValue(control.low), toValue(control.high)];
    if (number.value.trim() === "" || !Number.isFinite(typed)) return show(value);
    const clipped = Math.min(high, Math.max(low, typed));
    choose(control.integer ? Math.round(clipped) : clipped);
  });
  number.addEventListener("blur", () => { typing = false; show(value); });

  function stop() {
    if (timer === null) return;
    clearInterval(timer);
    timer = null;
    play.textContent = "▶";
    play.setAttribute("aria-label", `Play ${control.label}`);
  }
  const play = element("button", { class: "play", type: "button", "aria-label": `Play ${control.label}`,
    title: `Run through ${control.label}` }, "▶");
  function start() {
    const steps = (control.high - control.low) / control.step;
    const tick = Math.max(50, Math.min(600, 1000 * PLAY_SECONDS / steps)); // few steps: slower
    const stride = control.step * Math.max(1, Math.round(steps * tick / (1000 * PLAY_SECONDS)));
    let position = toPosition(value);
    if (position >= control.high - control.step / 2) position = control.low - stride;
    play.textContent = "❚❚";
    play.setAttribute("aria-label", `Pause ${control.label}`);
    timer = setInterval(() => {
      if (!play.isConnected) return stop();
      position = Math.min(control.high, position + stride);
      choose(round(toValue(position)));
      if (position >= control.high - control.step / 2) stop();
    }, tick);
  }
  play.addEventListener("click", () => (timer === null ? start() : stop()));
  if (control.play) tail.prepend(play, " ");

  const row = element("div", { class: "control" }, element("label", { for: id }, control.label), range, number, tail);
  return { row, show, stop, get: () => value };
}

function makeMenu(control, changed) {
  const id = `course-live-${++counter}`;
  const select = element("select", { id }, ...control.options.map((name) => element("option", { value: name }, name)));
  select.addEventListener("change", () => changed(control.name, select.value));
  const row = element("div", { class: "control" }, element("label", { for: id }, control.label), select);
  return { row, show: (value) => { select.value = value; }, stop() {}, get: () => select.value };
}

// ------------------------------------------------------------------------------------------------------------ figure

function render({ model, el }) {
  const spec = model.get("spec");
  const client = Math.random().toString(36).slice(2);
  let seq = 0, waiting = 0, newest = null, patience = null;

  const caption = element("div", { class: "caption", role: "status", "aria-live": "polite" });
  caption.style.height = `${1.45 * spec.caption_lines + 0.1}em`;
  const status = element("div", { class: "status" });

  function send() {
    waiting = ++seq;
    model.send({ client, seq, values: newest });
    newest = null;
    clearTimeout(patience);
    patience = setTimeout(() => {
      status.textContent = "Waiting for Python: it is busy, or was restarted and this cell must be run again.";
    }, PATIENCE);
  }
  function changed(name, value) {
    newest = { ...newest, [name]: value };
    if (!waiting) send();
  }
  const controls = Object.fromEntries(spec.controls.map((control) =>
    [control.name, (control.kind === "menu" ? makeMenu : makeSlider)(control, changed)]));
  function all(values) {
    for (const [name, control] of Object.entries(controls)) {
      control.stop();
      control.show(values[name]);
    }
    newest = { ...values };
    if (!waiting) send();
  }

  function answer() {
    const reply = model.get("reply");
    if (reply.client === client && reply.seq >= waiting) {
      waiting = 0;
      clearTimeout(patience);
      status.textContent = "";
    }
    caption.textContent = reply.caption;
    caption.classList.toggle("failed", reply.failed);
    if (newest) { if (!waiting) send(); }
    else if (!waiting && !reply.failed) for (const name in controls) controls[name].show(reply.values[name]);
  }
  model.on("change:reply", answer);

  const presets = element("div", { class: "presets" });
  const names = Object.keys(spec.presets);
  if (names.length) presets.append(element("span", {}, "Presets"));
  for (const name of names) {
    const button = element("button", { type: "button" }, name);
    button.addEventListener("click", () => all({ ...spec.defaults, ...spec.presets[name] }));
    presets.append(button);
  }
  const reset = element("button", { type: "button", class: "reset", title: "Back to the starting values" }, "Reset");
  reset.addEventListener("click", () => all(spec.defaults));
  presets.append(reset);

  const picture = makeCanvas(model, spec);
  const root = element("div", { class: "course-live" }, element("style", {}, CSS),
    element("div", { class: "head" }, element("div", { class: "title" }, spec.title), status), presets, element("div", { class: "controls" }, ...Object.values(controls).map((control) => control.row)),
    picture.canvas, caption);
  // JupyterLab would take arrow keys and Enter for its own commands.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  root.style.maxWidth = `${spec.size[0] + 4}px`;
  el.append(root);
  const reply = model.get("reply");
  for (const name in controls) controls[name].show(reply.values[name]);
  caption.textContent = reply.caption;
  caption.classList.toggle("failed", reply.failed);

  return () => {
    clearTimeout(patience);
    for (const name in controls) controls[name].stop();
    model.off("change:reply", answer);
    picture.close();
  };
}

export default { render };
