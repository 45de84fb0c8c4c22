// Strokes become the 28 x 28 bitmap that every model sees: the rule of serve/drawing.py, step for step in float64.

const SIDE = 28;
const EXTENT = 255; // units that the longer side of a drawing spans
const PEN = 16; // units
const UNIT = SIDE / (256 + 2 * 16 + PEN); // pixels
const RADIUS = (PEN / 2) * UNIT; // pixels
const REACH = RADIUS + 0.5 ** 0.5; // pixels: a pixel whose centre is farther than this from a stroke has no ink
const LARGEST = 1e300; // half the extent of a drawing, in its own units: beyond, computing with it would overflow

export class DrawingError extends Error {}

/** Strokes [[x...], [y...]], in any coordinate range, y downwards -> Uint8Array(784), row by row, ink 255 on 0. */
export function rasterize(drawing) {
  const paper = new Float64Array(SIDE * SIDE).fill(1);
  const covered = new Float64Array(SIDE * SIDE);
  for (const [xs, ys] of place(drawing.filter(([xs]) => xs.length))) {
    covered.fill(0);
    const last = Math.max(1, xs.length - 1); // a single point is a segment of no length
    for (let i = 0; i < last; i++) cover(covered, xs[i], ys[i], xs[i + 1] ?? xs[i], ys[i + 1] ?? ys[i]);
    for (let pixel = 0; pixel < paper.length; pixel++) paper[pixel] *= 1 - covered[pixel];
  }
  return Uint8Array.from(paper, (white) => roundHalfToEven(255 * (1 - white)));
}

/** Scales and centres strokes on the bitmap, in pixels; pixel (0, 0) covers 0 to 1. */
function place(strokes) {
  if (!strokes.length) throw new DrawingError("the drawing is empty: it has no stroke with a point");
  const [left, right] = ends(strokes.map(([xs]) => xs));
  const [top, bottom] = ends(strokes.map(([, ys]) => ys));
  const half = Math.max(right / 2 - left / 2, bottom / 2 - top / 2); // of the longer side; halves don't overflow
  const scale = half > 0 ? ((EXTENT / 2) * UNIT) / half : 0;
  if (!Number.isFinite(scale) || !(half <= LARGEST)) {
    throw new DrawingError("the drawing's coordinates are too far apart, or too close together, to draw");
  }
  const along = (values, middle) => Float64Array.from(values, (value) => (value - middle) * scale + SIDE / 2);
  return strokes.map(([xs, ys]) => [along(xs, left / 2 + right / 2), along(ys, top / 2 + bottom / 2)]);
}

function ends(axes) {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const axis of axes) {
    for (const value of axis) {
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
  }
  return [lowest, highest];
}

/** Raises `covered`, how much of each pixel a stroke covers, by the segment from (x0, y0) to (x1, y1). */
function cover(covered, x0, y0, x1, y1) {
  const [alongX, alongY] = [x1 - x0, y1 - y0];
  const length2 = alongX * alongX + alongY * alongY || 1;
  const [unitX, unitY] = [alongX / length2, alongY / length2];
  const [firstX, lastX] = reached(x0, x1);
  const [firstY, lastY] = reached(y0, y1);
  for (let y = firstY; y <= lastY; y++) {
    for (let x = firstX; x <= lastX; x++) {
      const dx = x + 0.5 - x0;
      const dy = y + 0.5 - y0;
      const t = Math.min(Math.max(dx * unitX + dy * unitY, 0), 1);
      const coverage = edgeCoverage(dx - t * alongX, dy - t * alongY);
      const pixel = y * SIDE + x;
      if (coverage > covered[pixel]) covered[pixel] = coverage;
    }
  }
}

/** The first and the last pixel that a pen can ink between two places on an axis. */
function reached(from, to) {
  const within = (pixel) => Math.min(Math.max(pixel, 0), SIDE - 1);
  return [
    within(Math.ceil(Math.min(from, to) - REACH - 0.5)),
    within(Math.floor(Math.max(from, to) + REACH - 0.5)),
  ];
}

/**
 * The part of a pixel that lies inside a pen's edge, the nearest point of the pen's path being (dx, dy) away.
 * Exact for a straight edge: a unit square, seen along the edge's normal, is the convolution of two boxes.
 */
function edgeCoverage(dx, dy) {
  const distance = Math.hypot(dx, dy);
  const safe = Math.max(distance, 1e-9);
  const wide = Math.max(Math.abs(dx), Math.abs(dy)) / safe;
  const narrow = Math.min(Math.abs(dx), Math.abs(dy)) / safe;
  const inside = RADIUS - distance; // of the pixel's centre, negative outside
  const half = (wide + narrow) / 2;
  const depth = Math.min(Math.abs(inside), half);
  const part =
    depth <= (wide - narrow) / 2
      ? depth / Math.max(wide, 0.5)
      : 0.5 - (half - depth) ** 2 / Math.max(2 * wide * narrow, 1e-9);
  return inside < 0 ? 0.5 - part : 0.5 + part;
}

function roundHalfToEven(value) {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 ? nearest - 1 : nearest;
}
