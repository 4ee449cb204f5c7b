// The hand on the picture: handles that are dragged, clicked or moved by arrow keys; what is read under the pointer.

const REACH = 14; // pixels between the pointer and a mark that is read
const TURN = 7; // pixels of dragging that turn a number by one step

function makeHands(picture, spec, { send, gesture, replay, own, pads }) {
  const layer = element("div", { class: "hands" });
  const tip = element("div", { class: "tip", "aria-hidden": "true" });
  tip.hidden = true;
  const box = element("div", { class: "picture" }, picture.canvas, layer, tip);
  const { canvas, state } = picture;

  const panelRect = (panel) => state.look.panels[panel].rect;
  // Page coordinates to shares of a panel, and back to pixels of the shown canvas.
  function shareAt(panel, event) {
    const area = canvas.getBoundingClientRect(), [left, top, width, height] = panelRect(panel), s = picture.scale();
    return [((event.clientX - area.left) / s - left) / width, 1 - ((event.clientY - area.top) / s - top) / height];
  }
  function panelAt(event) {
    if (!state.look) return -1;
    return state.look.panels.findIndex((_, k) => shareAt(k, event).every((v) => v >= -0.01 && v <= 1.01));
  }
  function dataAt(panel, [x, y]) {
    const { x: across, y: up } = state.look.panels[panel];
    const value = ([low, high, log], share) => (log ? 10 ** (low + share * (high - low)) : low + share * (high - low));
    return [value(across, x), value(up, y)];
  }
  const rounded = (v) => String(Number(v.toPrecision(3))).replace("-", "−");

  // ---- handles
  // A handle that left its panel waits at the border, and is taken from there.
  const atBorder = (place) => place.map((v) => (v === null ? null : Math.min(1, Math.max(0, v))));
  const handles = spec.handles.map((handle, i) => {
    const node = element("button", { type: "button", class: `handle ${handle.kind}`, "aria-label": handle.label });
    let from = null, turned = 0, moved = false;
    node.addEventListener("pointerdown", (event) => {
      if (event.button > 0 || handle.kind === "press" || !state.frame.handles[i]) return;
      event.preventDefault();
      node.focus({ preventScroll: true });
      node.setPointerCapture(event.pointerId);
      gesture();
      const place = atBorder(state.frame.handles[i]);
      const [x, y] = shareAt(handle.panel, event);
      from = { dx: place[0] === null ? 0 : place[0] - x, dy: place[1] === null ? 0 : place[1] - y,
        x: event.clientX, y: event.clientY };
      turned = 0;
      moved = false;
    });
    node.addEventListener("pointermove", (event) => {
      if (!from) return;
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > 2) moved = true;
      if (!moved) return;
      if (handle.kind === "turn") {
        const steps = Math.round(((event.clientX - from.x) - (event.clientY - from.y)) / TURN);
        if (steps !== turned) send({ nudge: [i, steps - turned, 0] });
        turned = steps;
      } else {
        const [x, y] = shareAt(handle.panel, event);
        send({ handle: [i, x + from.dx, y + from.dy] });
      }
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      node.addEventListener(end, () => { if (from && moved && handle.replay) replay(); from = null; });
    }
    node.addEventListener("click", () => { if (handle.kind === "press") { gesture(); send({ values: handle.press }); } });
    node.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!step || handle.kind === "press") return;
      event.preventDefault();
      if (!event.repeat) gesture();
      const times = event.shiftKey ? 5 : 1;
      send({ nudge: [i, times * step[0], times * step[1]] });
    });
    layer.append(node);
    return node;
  });

  // A click anywhere in a panel takes its clickable handle there, or adds a point of the reader's own.
  function clicked(event) {
    const panel = panelAt(event);
    if (panel < 0 || cross.matches(":disabled")) return;
    const partners = readCellAt(panel, shareAt(panel, event)); // for fingers, which do not hover
    if (partners) tell(partners, event.clientX, event.clientY);
    const place = shareAt(panel, event).map((v) => Math.min(1, Math.max(0, v)));
    const points = own.find((each) => each.panel === panel && each.adding.label !== null);
    if (points) return points.add(...dataAt(panel, place).map((v) => Number(v.toPrecision(4))));
    const i = spec.handles.findIndex((handle) => handle.click && handle.panel === panel);
    if (i < 0) return;
    gesture();
    send({ handle: [i, ...place] });
    handles[i].focus({ preventScroll: true });
    if (spec.handles[i].replay) replay();
  }
  canvas.addEventListener("click", clicked);
  // By keyboard: a cross that arrow keys move and Enter sets down.
  const cross = element("button", { type: "button", class: "handle cross",
    "aria-label": "Place of a new point: arrow keys move it, Enter adds the point" });
  const crossAt = [0.5, 0.5];
  cross.hidden = true;
  cross.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    step.forEach((d, k) => { crossAt[k] = Math.min(1, Math.max(0, crossAt[k] + d * (event.shiftKey ? 0.05 : 0.01))); });
    place();
  });
  cross.addEventListener("click", () => {
    const points = own.find((each) => each.adding.label !== null);
    if (points) points.add(...dataAt(points.panel, crossAt).map((v) => Number(v.toPrecision(4))));
  });
  layer.append(cross);
  for (const points of own) points.adding.changed = place;

  // ---- pads, and cells read by keyboard
  const surfaces = pads.map((pad) => {
    const node = padSurface(pad);
    pad.redraw = picture.ask;
    layer.append(node);
    return node;
  });
  state.pads = pads;
  function cover(node, panel, [x0, y0, x1, y1]) {
    const [left, top, width, height] = panelRect(panel), s = picture.scale();
    node.style.left = `${s * (left + x0 * width)}px`;
    node.style.top = `${s * (top + (1 - y1) * height)}px`;
    node.style.width = `${s * (x1 - x0) * width}px`;
    node.style.height = `${s * (y1 - y0) * height}px`;
  }
  const placeReaders = makeReaders(layer, { put: cover, leave, read(cell, image) {
    const lines = readCell(cell, image), area = canvas.getBoundingClientRect(), s = picture.scale();
    const [left, low, right, high] = image.box, [rows, columns] = image.shape, rect = panelRect(image.panel);
    tell(lines, area.left + s * acrossOf(rect, left + (right - left) * (cell.column + 1) / columns),
      area.top + s * downOf(rect, high - (high - low) * (cell.row + 1) / rows));
    return lines.join(", ");
  } });

  function put(node, panel, [x, y]) {
    const [left, top, width, height] = panelRect(panel), s = picture.scale();
    node.classList.toggle("upright", y === null);
    node.classList.toggle("flat", x === null);
    node.style.left = `${s * (left + (x ?? 0.5) * width)}px`;
    node.style.top = `${s * (top + (1 - (y ?? 0.5)) * height)}px`;
    node.style.height = y === null ? `${s * height}px` : "";
    node.style.width = x === null ? `${s * width}px` : "";
  }
  // Handles follow the drawn frame.
  function place() {
    if (!state.look || !state.frame) return;
    handles.forEach((node, i) => {
      const at = state.frame.handles[i];
      node.hidden = at === null;
      if (at === null) return;
      const panel = spec.handles[i].panel;
      const kept = atBorder(at);
      put(node, panel, kept);
      const data = dataAt(panel, kept.map((v) => v ?? 0));
      const says = spec.handles[i].kind === "drag"
        ? ` at ${kept.map((v, k) => (v === null ? null : rounded(data[k]))).filter((v) => v !== null).join(", ")}` : "";
      node.setAttribute("aria-label", `${spec.handles[i].label}${says}`);
    });
    surfaces.forEach((node, i) => {
      const paper = state.frame.layers.find((each) => each.pad === pads[i].name);
      node.hidden = !paper;
      if (paper) cover(node, paper.panel, paper.box);
    });
    placeReaders(state.frame);
    const points = own.find((each) => each.adding.label !== null);
    cross.hidden = !points;
    canvas.classList.toggle("adding", Boolean(points));
    if (points) put(cross, points.panel, crossAt);
  }

  // ---- reading
  function nearestMark(panel, event) {
    const pen = picture.pen(panel), s = picture.scale(), area = canvas.getBoundingClientRect();
    const px = (event.clientX - area.left) / s, py = (event.clientY - area.top) / s;
    let best = null;
    const take = (distance, mark) => { if (distance < (best?.distance ?? REACH)) best = { distance, ...mark }; };
    for (const layer of state.frame.layers) {
      if (layer.panel !== panel || !(layer.label || layer.key)) continue;
      if (layer.type === "points" || layer.type === "line") {
        const x = state.frame.floats(layer.x), y = state.frame.floats(layer.y);
        for (let i = 0; i < x.length; i++) {
          if (!finite(x[i], y[i])) continue;
          const [ax, ay] = [acrossOf(pen.rect, x[i]), downOf(pen.rect, y[i])];
          const reach = layer.type === "points" ? Math.max(0, Math.hypot(ax - px, ay - py) - layer.size / 2)
            : Math.hypot(ax - px, ay - py) + 1;
          take(reach, { label: each(layer.label, i), key: each(layer.key, i), at: [x[i], y[i]] });
          if (layer.type === "line" && i && finite(x[i - 1], y[i - 1])) { // and the piece before it
            const [bx, by] = [acrossOf(pen.rect, x[i - 1]), downOf(pen.rect, y[i - 1])];
            const length = (ax - bx) ** 2 + (ay - by) ** 2;
            const t = length ? Math.min(1, Math.max(0, ((px - bx) * (ax - bx) + (py - by) * (ay - by)) / length)) : 0;
            take(Math.hypot(bx + t * (ax - bx) - px, by + t * (ay - by) - py) + 1, { label: layer.label, key: layer.key,
              at: [x[i - 1] + t * (x[i] - x[i - 1]), y[i - 1] + t * (y[i] - y[i - 1])] });
          }
        }
      } else if (layer.type === "bars") {
        layer.colors.forEach((_, i) => {
          const [left, top, width, height] = barBox(pen, layer, i);
          const outside = Math.max(left - px, px - left - width, top - py, py - top - height, 0);
          const [x0, x1, y0, y1] = state.frame.floats(layer.corners).subarray(4 * i, 4 * i + 4);
          take(outside + 1, { label: each(layer.label, i), key: each(layer.key, i),
            at: layer.horizontal ? [x1, (y0 + y1) / 2] : [(x0 + x1) / 2, y1] });
        });
      }
    }
    return best;
  }
  function valueOf(layer, { row, column }) {
    const entry = state.frame.bytes(layer.data)[row * layer.shape[1] + column];
    if (entry === 255) return "not finite";
    const end = entry === 0 ? "≤ " : entry === 254 ? "≥ " : "";
    const value = layer.low + entry / 254 * (layer.high - layer.low);
    return `${end || "≈ "}${rounded(layer.log ? 10 ** value : value)}`;
  }
  function imageAt(panel, share, wanted) {
    const layer = state.frame.layers.find((each) => each.type === "image" && each.panel === panel && wanted(each)
      && cellAt(each, share));
    return layer && { layer, cell: cellAt(layer, share) };
  }
  // A cell with partners: it lights, and they do. Returns what is said of it.
  function readCell(cell, layer) {
    picture.readCell(cell);
    return [`row ${rounded(cell.row + layer.start)}, column ${rounded(cell.column + layer.start)}`,
      ...(layer.label ? [`${layer.label} ${valueOf(layer, cell)}`] : []), partnersInWords(state.frame, cell)];
  }
  function readCellAt(panel, share) {
    const found = imageAt(panel, share, (each) => hasCells(each) && hasPartners(state.frame, each.cells));
    if (found) return readCell({ name: found.layer.cells, ...found.cell }, found.layer);
    picture.readCell(null);
    return null;
  }
  function named(panel, at) {
    const names = state.look.panels[panel].names;
    return dataAt(panel, at).map((v, k) => (names[k] ? `${names[k]} = ${rounded(v)}` : null)).filter(Boolean).join(", ");
  }
  function read(event) {
    const panel = panelAt(event);
    if (panel < 0 || !state.frame || event.buttons || event.pointerType === "touch") return leave();
    const share = shareAt(panel, event), mark = nearestMark(panel, event);
    const lines = [], partners = readCellAt(panel, share);
    if (mark?.label) lines.push(mark.label, named(panel, mark.at));
    else if (partners) lines.push(...partners);
    else {
      const found = imageAt(panel, share, (each) => each.label);
      if (found) lines.push(`${found.layer.label} ${valueOf(found.layer, found.cell)}`, named(panel, share));
    }
    picture.light(mark?.key || null);
    tell(lines, event.clientX, event.clientY);
  }
  function tell(lines, clientX, clientY) {
    tip.hidden = !lines.length;
    if (!lines.length) return;
    tip.replaceChildren(...lines.filter(Boolean).map((line) => element("div", {}, line)));
    const area = box.getBoundingClientRect(), x = clientX - area.left, y = clientY - area.top;
    tip.style.left = `${Math.max(0, Math.min(x + 14, area.width - tip.offsetWidth - 2))}px`;
    tip.style.top = `${y + 18 + tip.offsetHeight > area.height ? y - tip.offsetHeight - 8 : y + 18}px`;
  }
  function leave() {
    tip.hidden = true;
    picture.light(null);
    picture.readCell(null);
  }
  box.addEventListener("pointermove", read);
  box.addEventListener("pointerleave", leave);
  return { box, place };
}
