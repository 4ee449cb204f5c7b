// Cells of images that belong together: the one that is read by pointer, tap or arrow keys, and those that light with it.
//
// An image that `sees` another has two masks, one for rows and one for columns, laid row by row: cell (i, j) belongs to
// cell (k, l) of the other where rows[i, k] and columns[j, l].

const hasCells = (layer) => layer.type === "image" && layer.cells;
const hasPartners = (frame, name) => frame.layers.some((layer) => hasCells(layer) && layer.sees
  && (layer.cells === name || name in layer.sees));

// The cell of a named image under a place of its panel.
function cellAt(layer, [x, y]) {
  const [left, low, right, high] = layer.box, [rows, columns] = layer.shape;
  const column = Math.floor((x - left) / (right - left) * columns), row = Math.floor((high - y) / (high - low) * rows);
  return row < 0 || column < 0 || row >= rows || column >= columns ? null : { row, column };
}

// All that lights with a cell, itself first: images by name, and which of their rows and columns.
function litBy(frame, { name, row, column }) {
  const lit = [{ name, rows: (k) => k === row, columns: (k) => k === column }];
  for (const layer of frame.layers) {
    if (!hasCells(layer)) continue;
    for (const [other, masks] of Object.entries(layer.sees ?? {})) {
      const [rows, columns] = masks.map((mask) => frame.bytes(mask));
      const [down, across] = [rows.length / layer.shape[0], columns.length / layer.shape[1]];
      if (layer.cells === name) {
        lit.push({ name: other, rows: (k) => rows[row * down + k], columns: (k) => columns[column * across + k] });
      } else if (other === name) {
        lit.push({ name: layer.cells, rows: (k) => rows[k * down + row], columns: (k) => columns[k * across + column] });
      }
    }
  }
  return lit;
}

// "with 9 cells of input", once for each partner that has any.
function partnersInWords(frame, cell) {
  const counts = new Map();
  for (const { name, rows, columns } of litBy(frame, cell).slice(1)) {
    const [down, across] = frame.layers.find((layer) => layer.cells === name).shape;
    const count = (test, length) => Array.from({ length }, (_, k) => Boolean(test(k))).filter(Boolean).length;
    counts.set(name, count(rows, down) * count(columns, across));
  }
  return [...counts].map(([name, count]) => `with ${count} ${count === 1 ? "cell" : "cells"} of ${name}`).join(", ");
}

// Their outline: yellow between two black lines, which is seen on every color of both themes.
function drawLit(pen, layer, lit) {
  const [rows, columns] = layer.shape, [left, low, right, high] = layer.box, { ctx } = pen;
  const x = (column) => acrossOf(pen.rect, left + (right - left) * column / columns);
  const y = (row) => downOf(pen.rect, high - (high - low) * row / rows);
  for (const group of lit) {
    if (group.name !== layer.cells) continue;
    const inside = (row, column) => row >= 0 && column >= 0 && row < rows && column < columns
      && group.rows(row) && group.columns(column);
    ctx.beginPath();
    for (let row = 0; row <= rows; row++) {
      for (let column = 0; column <= columns; column++) {
        const here = Boolean(inside(row, column));
        if (here !== Boolean(inside(row - 1, column))) { ctx.moveTo(x(column), y(row)); ctx.lineTo(x(column + 1), y(row)); }
        if (here !== Boolean(inside(row, column - 1))) { ctx.moveTo(x(column), y(row)); ctx.lineTo(x(column), y(row + 1)); }
      }
    }
    ctx.lineCap = "square";
    for (const [color, width] of [["#000", 5], ["#ffd84d", 2]]) {
      ctx.strokeStyle = color;
      ctx.lineWidth = width;
      ctx.stroke();
    }
  }
}

// By keyboard: a frame round each image that has partners; arrow keys go from cell to cell.
function makeReaders(layer, { put, read, leave }) {
  const readers = new Map(); // name -> its button and where it reads
  function make(name) {
    const node = element("button", { type: "button", class: "cells" });
    const reader = { node, row: 0, column: 0, image: null };
    const tell = () => {
      const words = read({ name, row: reader.row, column: reader.column }, reader.image);
      node.setAttribute("aria-label", `${name}, ${words}. Arrow keys read other cells`);
    };
    node.addEventListener("focus", tell);
    node.addEventListener("blur", leave);
    node.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!step) return;
      event.preventDefault();
      const [rows, columns] = reader.image.shape;
      reader.row = Math.min(rows - 1, Math.max(0, reader.row + step[0]));
      reader.column = Math.min(columns - 1, Math.max(0, reader.column + step[1]));
      tell();
    });
    node.setAttribute("aria-label", `Cells of ${name}: arrow keys read one after the other`);
    layer.append(node);
    readers.set(name, reader);
    return reader;
  }
  return (frame) => {
    const images = new Map();
    for (const image of frame.layers.filter(hasCells)) {
      if (!images.has(image.cells) && hasPartners(frame, image.cells)) images.set(image.cells, image);
    }
    for (const [name, { node }] of readers) node.hidden = !images.has(name);
    for (const [name, image] of images) {
      const reader = readers.get(name) ?? make(name);
      reader.image = image;
      reader.row = Math.min(reader.row, image.shape[0] - 1);
      reader.column = Math.min(reader.column, image.shape[1] - 1);
      put(reader.node, image.panel, image.box);
    }
  };
}
