// The page: what a change of the drawing, an answer, a key, a click and an address lead to. What the first view does
// not need, the game, the lesson and the replay, is loaded when there is time.

import { Bitmap } from "./bitmap.js";
import { Latest } from "./classify.js";
import { byId, offer, sample } from "./dom.js";
import { classify, engines, getModels, prepare } from "./engine.js";
import { Guess } from "./guess.js";
import { Paper } from "./paper.js";
import { Sketch } from "./sketch.js";
import { keep, kept } from "./storage.js";
import { line, picture, receive, save } from "./take.js";

const LATER = 1500; // ms until the other views are loaded, so that they are there even if the server goes

const root = document.documentElement;
const canvas = byId("drawing");
const guess = new Guess();
const bitmap = new Bitmap(byId("bitmap"));
const free = new Sketch("drawing");
let game = null;
let learn = null;
let replay = null;
let sketch = free; // what is on the paper: `free`, `replay` or the game's
let image = null; // the picture that lies on it, a File
let models = []; // as GET /models describes them
let model = null;
let ideas = [];
let answer = null;

for (const act of ["pointerdown", "keydown"]) canvas.addEventListener(act, () => replay?.stop()); // before the paper acts
const paper = new Paper(canvas, free);

const trouble = (error) => (sketch === game?.sketch ? game : guess).trouble(error);
const gone = ({ message }) => trouble({ message: `${message} Your drawing is safe, trying again…` });
const guesses = new Latest(classify, { onAnswer: showAnswer, onRefusal: trouble, onGone: gone });
const introductions = new Latest(getModels, { onAnswer: showModels, onRefusal: trouble, onGone: gone });

function put(next) {
  sketch = next;
  paper.show(next);
  showDrawing();
}

function showDrawing() {
  paper.redraw();
  const { drawing, canUndo, canRedo } = sketch;
  const strokes = drawing.length === 1 ? "1 stroke" : drawing.length ? `${drawing.length} strokes` : "empty";
  if (image && drawing.length) closeImage();
  canvas.ariaLabel = `Your drawing: ${strokes}`;
  const able = { undo: canUndo, redo: canRedo, clear: drawing.length || image };
  for (const id of ["replay", "save-picture", "save-strokes"]) able[id] = free.drawing.length;
  for (const id in able) byId(id).ariaDisabled = String(!able[id]); // not `disabled`, which loses a key's user the focus
  if (!drawing.length && !image) showNothing();
  else if (model && sketch !== replay) guesses.ask({ drawing, image, model: model.name });
}

function showNothing() {
  guesses.drop();
  answer = null;
  bitmap.clear();
  guess.empty(ideas);
}

function showAnswer(newest) {
  answer = newest;
  bitmap.show(answer.bitmap);
  if (sketch === game?.sketch) game.hear(answer);
  else guess.show(answer);
}

function showModels(all) {
  models = all;
  const first = models.find(({ name }) => name === kept("model")) ?? models.find((each) => each.default) ?? models[0];
  byId("model").hidden = models.length < 2;
  offer(byId("model"), models.map(({ name }) => [name, name]), first.name, choose);
  use(first);
}

function choose(name) {
  keep("model", name);
  guesses.drop();
  use(models.find((each) => each.name === name));
}

function use(chosen) {
  model = chosen;
  ideas = sample(model.labels, 3);
  prepare(model.name);
  byId("synthetic").hidden = !model.data.synthetic;
  game?.use(model);
  learn?.use(models, model);
  showView();
}

function showEngine() {
  byId("engine").querySelector(`[value=${engines.kind}]`).checked = true;
  byId("why").textContent = engines[engines.chosen].why;
  showDrawing();
}

/** The address tells the view: #play, #learn, or else drawing. */
async function showView() {
  const view = { "#play": "play", "#learn": "learn" }[location.hash] ?? "draw";
  const isNew = root.dataset.view !== view;
  root.dataset.view = view;
  document.title = `Doodle: ${view}`;
  for (const link of document.querySelectorAll("nav a")) link.ariaCurrent = link.hash === `#${view}` ? "page" : null;
  replay?.stop();
  game?.leave();
  if (isNew) scrollTo(0, 0);
  if (view !== "draw") await load();
  if (root.dataset.view !== view) return;
  put(view === "play" ? game.sketch : free);
  if (view === "learn" && model) learn.show(free.drawing, model).catch(trouble);
}

let loading = null;

function load() {
  return (loading ??= Promise.all([import("./play.js"), import("./learn.js"), import("./replay.js")]).then((parts) => {
    const [{ Game }, { Learn }, { Replay }] = parts;
    learn = new Learn(classify);
    game = new Game();
    game.addEventListener("round", () => {
      game.sketch.addEventListener("change", showDrawing);
      if (root.dataset.view === "play") put(game.sketch);
    });
    replay = new Replay();
    replay.addEventListener("change", showDrawing);
    replay.addEventListener("end", () => {
      byId("replay").ariaPressed = "false";
      put(free);
    });
    if (!model) return;
    game.use(model);
    learn.use(models, model);
  }));
}

function openImage(file) {
  if (root.dataset.view !== "draw") location.hash = "draw";
  if (!file.type.startsWith("image/")) return trouble({ message: `${file.name} is no picture: open a PNG, JPEG, WebP, GIF or BMP.` });
  closeImage();
  free.clear(); // undo brings it back
  image = file;
  byId("picture").src = URL.createObjectURL(file);
  byId("picture").hidden = false;
  showDrawing();
}

function closeImage() {
  image = null;
  URL.revokeObjectURL(byId("picture").src);
  byId("picture").hidden = true;
}

async function startReplay() {
  const { drawing } = free;
  if (sketch !== free) return replay.stop();
  if (!drawing.length || !model) return;
  await load();
  guesses.drop();
  put(replay);
  byId("replay").ariaPressed = "true";
  const look = async (part) => {
    const seen = await classify({ drawing: part, model: model.name });
    if (sketch === replay) showAnswer(seen);
    return seen;
  };
  replay.play(drawing, look).catch(trouble);
}

function pressKey(event) {
  if (event.target.matches("input[type=search]") || event.altKey) return;
  const key = event.key.toLowerCase();
  const control = event.ctrlKey || event.metaKey;
  const act =
    control && key === "z" ? (event.shiftKey ? "redo" : "undo")
    : control && key === "y" ? "redo"
    : !control && (key === "delete" || key === "backspace") ? "clear"
    : null;
  if (!act || root.dataset.view === "learn") return;
  event.preventDefault();
  change(act);
}

/** Undo, redo or clear. */
function change(act) {
  replay?.stop();
  if (act === "clear" && image) closeImage();
  sketch[act]();
  if (!sketch.drawing.length) showDrawing(); // of a picture that is gone, no sketch tells
}

free.addEventListener("change", () => sketch === free && showDrawing());
for (const act of ["undo", "redo", "clear"]) byId(act).addEventListener("click", () => change(act));
byId("replay").addEventListener("click", startReplay);
const taking = { "save-picture": async () => save(await picture(free.drawing), "doodle.png"), "save-strokes": () => save(line(free.drawing, answer), "doodle.ndjson") };
for (const id in taking) byId(id).addEventListener("click", () => free.drawing.length && taking[id]());
receive(openImage);
engines.addEventListener("change", showEngine);
addEventListener("keydown", pressKey);
addEventListener("hashchange", showView);
addEventListener("pagehide", () => free.end());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  paper.redraw();
  bitmap.redraw();
  learn?.redraw();
});

offer(byId("engine"), [["server", "on the server"], ["browser", "in this browser"]], engines.kind, (kind) => engines.choose(kind));
showEngine();
showView();
introductions.ask({});
setTimeout(load, LATER);
