// Drawing: frames from Python onto a canvas. No build step, no library.
//
// A frame is a header (layers, places of handles, colors of the dark theme) and arrays. Places are shares of a panel, from
// the left and from below, so the same frame is drawn in every size. A look is a background for one width and theme: PNG,
// size in pixels, and for each panel its rectangle, limits and names of axes.

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
  const data = raw.byteOffset % 4 ? raw.slice() : raw; // float arrays must be aligned
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  const start = data.byteOffset + 4 + length;
  header.floats = ([offset, count]) => new Float32Array(data.buffer, start + offset, count);
  header.bytes = ([offset, count]) => new Uint8Array(data.buffer, start + offset, count);
  return header;
}

const acrossOf = (rect, share) => rect[0] + share * rect[2];
const downOf = (rect, share) => rect[1] + (1 - share) * rect[3];
const finite = (x, y) => Number.isFinite(x) && Number.isFinite(y);
const each = (value, i) => (Array.isArray(value) ? value[i] : value);
const hasKey = (layer) => layer.key !== undefined;

// One small canvas for images of each shape: making them anew for every frame keeps the garbage collector busy.
const spares = new Map();

function spareFor(rows, columns) {
  const key = `${rows}x${columns}`;
  if (!spares.has(key)) {
    const canvas = element("canvas", { width: columns, height: rows });
    const picture = new ImageData(columns, rows);
    spares.set(key, { canvas, picture, pixels: new Uint32Array(picture.data.buffer) });
  }
  return spares.get(key);
}

function drawImage(pen, layer) {
  const { ctx, rect } = pen, { canvas: spare, picture, pixels } = spareFor(...layer.shape);
  const entries = pen.painted(layer) ?? pen.frame.bytes(layer.data);
  const table = pen.tables[layer.colors];
  for (let i = 0; i < entries.length; i++) pixels[i] = table[entries[i]];
  spare.getContext("2d").putImageData(picture, 0, 0);
  ctx.imageSmoothingEnabled = layer.smooth;
  ctx.imageSmoothingQuality = "high";
  const [left, low, right, high] = layer.box;
  ctx.drawImage(spare, acrossOf(rect, left), downOf(rect, high), (right - left) * rect[2], (high - low) * rect[3]);
}

function drawLine(pen, layer) {
  const { ctx, rect, frame } = pen;
  const x = frame.floats(layer.x), y = frame.floats(layer.y);
  ctx.strokeStyle = pen.ink(layer.color);
  ctx.lineWidth = layer.width + (pen.lit(layer.key) ? 2 : 0);
  ctx.lineCap = layer.dash.length ? "butt" : "round";
  ctx.lineJoin = "round";
  ctx.setLineDash(pen.ghost ? [3, 4] : layer.dash);
  ctx.beginPath();
  let down = false;
  for (let i = 0; i < x.length; i++) {
    if (!finite(x[i], y[i])) down = false;
    else if (down) ctx.lineTo(acrossOf(rect, x[i]), downOf(rect, y[i]));
    else { ctx.moveTo(acrossOf(rect, x[i]), downOf(rect, y[i])); down = true; }
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

function drawPoints(pen, layer) {
  const { ctx, rect, frame } = pen;
  const x = frame.floats(layer.x), y = frame.floats(layer.y);
  const solid = layer.filled && layer.marker !== "x" && layer.marker !== "+" && !pen.ghost;
  ctx.setLineDash([]);
  ctx.fillStyle = pen.ink(layer.color);
  ctx.strokeStyle = pen.ink(solid ? layer.edge : layer.color);
  ctx.lineWidth = solid ? 1.2 : 2;
  const alpha = ctx.globalAlpha;
  const size = layer.size > 16 ? layer.size * Math.min(1, pen.width / 340) : layer.size; // a node, like the words in it
  for (let i = 0; i < x.length; i++) {
    if (!finite(x[i], y[i])) continue;
    const key = each(layer.key, i);
    if (Array.isArray(layer.key)) ctx.globalAlpha = alpha * pen.strength(key);
    ctx.beginPath();
    tracePoint(ctx, layer.marker, acrossOf(rect, x[i]), downOf(rect, y[i]), size / 2 + (pen.lit(key) ? 2 : 0));
    if (solid) ctx.fill();
    if (!solid || layer.edge !== "none") ctx.stroke();
  }
}

function barBox(pen, layer, i) {
  const [x0, x1, y0, y1] = pen.frame.floats(layer.corners).subarray(4 * i, 4 * i + 4);
  const [left, right] = [acrossOf(pen.rect, Math.min(x0, x1)), acrossOf(pen.rect, Math.max(x0, x1))];
  const [top, bottom] = [downOf(pen.rect, Math.max(y0, y1)), downOf(pen.rect, Math.min(y0, y1))];
  return [left, top, right - left, bottom - top];
}

function drawBars(pen, layer) {
  const { ctx } = pen, alpha = ctx.globalAlpha;
  layer.colors.forEach((color, i) => {
    const box = barBox(pen, layer, i);
    if (!box.every(Number.isFinite)) return;
    const key = each(layer.key, i);
    if (Array.isArray(layer.key)) ctx.globalAlpha = alpha * pen.strength(key);
    ctx.fillStyle = pen.ink(color);
    ctx.fillRect(...box);
    if (pen.lit(key)) {
      ctx.strokeStyle = pen.ink("#333333");
      ctx.lineWidth = 2;
      ctx.strokeRect(...box);
    }
  });
}

// Words that are wider than the picture go on in a next line.
function linesOf(ctx, text, room) {
  return text.split("\n").flatMap((line) => line.split(" ").reduce((lines, word) => {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (!lines.length || ctx.measureText(longer).width > room) return [...lines, word];
    return [...lines.slice(0, -1), longer];
  }, []));
}

function drawText(pen, layer) {
  const { ctx, rect, frame } = pen;
  const x = frame.floats(layer.x), y = frame.floats(layer.y);
  ctx.textAlign = layer.ha;
  ctx.textBaseline = "alphabetic";
  const family = layer.mono ? '"DejaVu Sans Mono", Menlo, Consolas, monospace' : '"DejaVu Sans", Verdana, Geneva, sans-serif';
  const font = (bold, size) => `${bold ? "bold " : ""}${size}px ${family}`;
  let size = Math.max(11, layer.size * Math.min(1, pen.width / 340)); // a little smaller on the narrowest pages
  const room = layer.room ? layer.room * rect[2] - 2 : pen.width - 8;
  if (layer.room) {
    ctx.font = font(layer.bold, size);
    const widest = Math.max(...layer.text.flatMap((text) => text.split(/[ \n]/)).map((word) => ctx.measureText(word).width));
    if (widest > room) size = Math.max(8, size * room / widest);
  }
  const lineHeight = size * 1.25, alpha = ctx.globalAlpha;
  layer.text.forEach((text, i) => {
    if (!finite(x[i], y[i])) return;
    const key = each(layer.key, i);
    if (Array.isArray(layer.key)) ctx.globalAlpha = alpha * pen.strength(key);
    const bold = layer.bold || pen.lit(key);
    ctx.font = font(bold, size);
    const lines = linesOf(ctx, text, room);
    const width = Math.max(...lines.map((line) => ctx.measureText(line).width)), height = lineHeight * lines.length;
    const before = { left: 0, center: width / 2, right: width }[layer.ha];
    const left = Math.max(4, Math.min(acrossOf(rect, x[i]) - before, pen.width - 4 - width)); // none ends outside
    const top = downOf(rect, y[i]) - { top: 0, center: height / 2, bottom: height }[layer.va];
    if (layer.box) {
      ctx.fillStyle = pen.plate;
      ctx.fillRect(left - 3, top - 2, width + 6, height + 4);
    }
    ctx.fillStyle = pen.ink(layer.color);
    lines.forEach((line, k) => ctx.fillText(line, left + before, top + k * lineHeight + size * 0.98));
  });
}

const DRAW = { image: drawImage, line: drawLine, points: drawPoints, bars: drawBars, text: drawText };

// The canvas follows the size it is shown at and the screen's pixel ratio, so it is sharp on every screen.
// A frame holds places on the panel, not values: on other axes they would mean something else.
const sameAxes = (one, other, panel) => ["x", "y"].every((way) => `${one.panels[panel][way]}` === `${other.panels[panel][way]}`);

function makePicture(model, spec) {
  const canvas = element("canvas", { role: "img", "aria-label": `${spec.title}. ${spec.alt}` });
  const ctx = canvas.getContext("2d");
  const tables = {};
  for (const theme of ["light", "dark"]) {
    tables[theme] = Object.fromEntries(
      Object.entries(spec.tables[theme]).map(([name, text]) => [name, colorTable(text)]));
  }
  const state = { look: null, frame: null, dark: false, key: null, ghost: null, cell: null, pads: [] };
  let asked = false, wanted = "", turns = 0, loading = false, bitmap = null, drawn = () => {};

  function penFor(frame, panel, ghost) {
    const lit = (key) => key !== undefined && key !== "" && key === state.key;
    const strength = (key) => (state.key === null || key === undefined || key === "" || lit(key) ? 1 : 0.3);
    return { ctx, frame, rect: state.look.panels[panel].rect, width: state.look.size[0], tables: tables[state.dark ? "dark" : "light"], ghost, lit,
      painted: (layer) => state.pads.find((pad) => pad.ahead && pad.name === layer.pad)?.entries(layer),
      strength, ink: (color) => (state.dark ? frame.dark[color] ?? color : color),
      plate: state.dark ? "rgba(28,28,28,0.85)" : "rgba(255,255,255,0.85)" };
  }
  function drawLayer(frame, layer, ghost = false) {
    const pen = penFor(frame, layer.panel, ghost);
    ctx.save();
    if (layer.type !== "text") {
      const [x, y, width, height] = pen.rect;
      const room = layer.type === "points" ? layer.size / 2 + 1 : 0;
      ctx.beginPath();
      ctx.rect(x - room, y - room, width + 2 * room, height + 2 * room);
      ctx.clip();
    }
    ctx.globalAlpha = (layer.alpha ?? 1) * (ghost ? 0.45 : 1) * (Array.isArray(layer.key) ? 1 : pen.strength(layer.key));
    DRAW[layer.type](pen, layer);
    ctx.restore();
  }
  // The background at the canvas's own size: to shrink it well takes longer than all the rest of a frame.
  let fitted = null;
  function fittedTo([width, height]) {
    if (fitted?.of !== bitmap || fitted.width !== width || fitted.height !== height) {
      fitted = element("canvas", { width, height });
      fitted.of = bitmap;
      const pen = fitted.getContext("2d");
      pen.imageSmoothingQuality = "high";
      pen.drawImage(bitmap, 0, 0, width, height);
    }
    return fitted;
  }
  function draw() {
    asked = false;
    if (!state.look || !state.frame) return;
    const [width, height] = state.look.size;
    const scale = (shown || width) / width * Math.max(1, window.devicePixelRatio || 1);
    const pixels = [Math.round(width * scale), Math.round(height * scale)];
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
    ctx.setTransform(scale, 0, 0, scale, 0, 0);
    ctx.fillStyle = state.dark ? spec.ground : "#fff";
    ctx.fillRect(0, 0, width, height);
    const layers = state.frame.layers;
    for (const layer of layers) if (layer.type === "image") drawLayer(state.frame, layer);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(fittedTo(pixels), 0, 0);
    ctx.setTransform(scale, 0, 0, scale, 0, 0);
    for (const layer of state.ghost?.layers ?? []) if (layer.ghost) drawLayer(state.ghost, layer, true);
    for (const layer of layers) if (layer.type !== "image") drawLayer(state.frame, layer);
    if (state.cell) {
      const lit = litBy(state.frame, state.cell);
      for (const layer of layers) if (hasCells(layer)) drawLit(penFor(state.frame, layer.panel, false), layer, lit);
    }
    canvas.dataset.pictures = Number(canvas.dataset.pictures || 0) + 1;
    drawn();
  }
  function ask() {
    if (!asked) { asked = true; requestAnimationFrame(draw); }
  }
  // A new background is decoded first; the frame that belongs to it waits, so axes and curves change together.
  async function load() {
    const name = model.get("backgrounds")?.[wanted] ? wanted : null;
    if (!name) return;
    const look = model.get("backgrounds")[name];
    const turn = ++turns;
    loading = true;
    const picture = await createImageBitmap(new Blob([bytesOf(look.png)], { type: "image/png" }));
    if (turn !== turns) return;
    loading = false;
    bitmap = picture;
    if (state.ghost) state.ghost = { ...state.ghost, layers: state.ghost.layers.filter(({ panel }) => sameAxes(state.look, look, panel)) };
    state.look = look;
    state.dark = name.endsWith("dark");
    canvas.style.maxWidth = `${Math.round(look.size[0] * (look.size[0] < spec.size[0] ? 1.2 : 1))}px`;
    canvas.style.aspectRatio = `${look.size[0]} / ${look.size[1]}`;
    state.frame = parseFrame(model.get("frame"));
    ask();
  }
  function receive() {
    if (loading) return;
    state.frame = parseFrame(model.get("frame"));
    ask();
  }
  model.on("change:backgrounds", load);
  model.on("change:frame", receive);
  let shown = 0; // the width on the page; asking for it in each frame would lay out the page each time
  const watcher = new ResizeObserver(() => { shown = canvas.clientWidth; ask(); });
  watcher.observe(canvas);
  return { canvas, state, ask, wants(name) { wanted = name; load(); }, whenDrawn(action) { drawn = action; },
    light(key) { if (state.key !== key) { state.key = key; ask(); } },
    readCell(cell) {
      if (JSON.stringify(state.cell) !== JSON.stringify(cell)) { state.cell = cell; ask(); }
    },
    keepGhost() { state.ghost = state.frame; }, dropGhost() { state.ghost = null; ask(); },
    pen: (panel) => penFor(state.frame, panel, false),
    scale: () => (shown || canvas.clientWidth) / state.look.size[0],
    close() {
      watcher.disconnect();
      model.off("change:backgrounds", load);
      model.off("change:frame", receive);
    } };
}
