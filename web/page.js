// The page: what a change of the drawing, an answer, a key and a click lead to.

import { Bitmap } from "./bitmap.js";
import { curl, Latest } from "./classify.js";
import { classify, getModels, prepare } from "./engine.js";
import { Guess } from "./guess.js";
import { Categories, introduce, offer } from "./models.js";
import { Paper } from "./paper.js";
import { Sketch } from "./sketch.js";
import { keep, kept } from "./storage.js";

const byId = (id) => document.getElementById(id);

const sketch = new Sketch();
const paper = new Paper(byId("drawing"), sketch);
const bitmap = new Bitmap(byId("bitmap"));
const guess = new Guess();
const categories = new Categories();
const trouble = ({ message }) => guess.trouble(message);
const gone = ({ message }) => guess.trouble(`${message} Your drawing is safe, trying again…`);

const guesses = new Latest(classify, { onAnswer: showAnswer, onRefusal: trouble, onGone: gone });
const introductions = new Latest(getModels, { onAnswer: showModels, onRefusal: trouble, onGone: gone });
let model = null; // as GET /models describes it
let ideas = [];

function showDrawing() {
  const { drawing, canUndo, canRedo } = sketch;
  const strokes = drawing.length === 1 ? "1 stroke" : `${drawing.length} strokes`;
  byId("drawing").setAttribute("aria-label", `Your drawing: ${drawing.length ? strokes : "empty"}`);
  for (const [id, able] of [["undo", canUndo], ["redo", canRedo], ["clear", drawing.length > 0]]) {
    byId(id).ariaDisabled = String(!able); // not `disabled`, which would take the focus from a key's user
  }
  showCommand();
  if (drawing.length === 0) showNothing();
  else if (model) guesses.ask({ drawing, model: model.name });
}

function showNothing() {
  guesses.drop();
  bitmap.clear();
  categories.mark(null);
  guess.empty(ideas);
}

function showAnswer(answer) {
  guess.show(answer);
  bitmap.show(answer.bitmap);
  categories.mark(answer.known ? answer.label : null);
}

function showModels(models) {
  const last = kept("model");
  const first = models.find(({ name }) => name === last) ?? models.find((each) => each.default) ?? models[0];
  offer(models, first, choose);
  use(first);
}

function choose(chosen) {
  keep("model", chosen.name);
  guesses.drop();
  use(chosen);
}

function use(chosen) {
  model = chosen;
  ideas = sample(model.labels, 3);
  prepare(model.name);
  introduce(model);
  categories.show(model.labels);
  showDrawing();
}

function sample(labels, count) {
  const left = [...labels];
  const take = () => left.splice(Math.floor(Math.random() * left.length), 1)[0];
  return Array.from({ length: Math.min(count, left.length) }, take);
}

function showCommand() {
  if (byId("curl").open && model) byId("command").textContent = curl({ drawing: sketch.drawing, model: model.name });
}

async function copyCommand() {
  try {
    await navigator.clipboard.writeText(byId("command").textContent);
    byId("copy").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(byId("command")); // the clipboard is closed to pages without https
    byId("copy").textContent = "Selected: copy it with Ctrl+C";
  }
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
  if (!act) return;
  event.preventDefault();
  sketch[act]();
}

sketch.addEventListener("change", showDrawing);
for (const act of ["undo", "redo", "clear"]) byId(act).addEventListener("click", () => sketch[act]());
addEventListener("keydown", pressKey);
addEventListener("pagehide", () => sketch.end());
byId("curl").addEventListener("toggle", () => {
  byId("copy").textContent = "Copy";
  showCommand();
});
byId("copy").addEventListener("click", copyCommand);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  paper.redraw();
  bitmap.redraw();
});

showDrawing();
introductions.ask({});
