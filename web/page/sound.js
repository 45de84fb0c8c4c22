// Sounds, made here and off at first: the pencil, a tick, a ding, and the voice.

import { ui } from "./dom.js";
import { keep, kept } from "./storage.js";

let isOn = kept("sound") === true;
let context = null;
let pencil = null; // the gain of a noise that never stops

show();
ui.sound.onclick = () => {
	isOn = !isOn;
	keep("sound", isOn);
	show();
	if (isOn) ding();
	else hush();
};

function show() {
	ui.sound.ariaPressed = isOn;
}

/** Browsers let a page sound once its user has touched it. */
function start() {
	if (!isOn) return null;
	context ??= new AudioContext();
	context.resume();
	return context;
}

function note(hertz, after, seconds, loudness = 0.12) {
	if (!start()) return;
	const [at, gain] = [context.currentTime + after, context.createGain()];
	gain.gain.setValueAtTime(loudness, at);
	gain.gain.exponentialRampToValueAtTime(0.0001, at + seconds);
	const tone = new OscillatorNode(context, { frequency: hertz });
	tone.connect(gain).connect(context.destination);
	tone.start(at);
	tone.stop(at + seconds);
}

export const tick = () => note(1100, 0, 0.05, 0.06);

export function ding() {
	note(880, 0, 0.5);
	note(1320, 0.09, 0.7);
}

export function buzz() {
	note(196, 0, 0.25);
	note(147, 0.14, 0.4);
}

ui.drawing.addEventListener("pointermove", ({ buttons, movementX, movementY }) => {
	if (!buttons || !start()) return;
	pencil ??= newPencil();
	const { currentTime } = context;
	pencil.gain.setTargetAtTime(Math.min(Math.hypot(movementX, movementY) / 200, 0.06), currentTime, 0.02);
	pencil.gain.setTargetAtTime(0, currentTime + 0.06, 0.03); // unless it goes on
});

function newPencil() {
	const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate);
	const samples = buffer.getChannelData(0);
	for (let i = 0; i < samples.length; i++) samples[i] = 2 * Math.random() - 1;
	const noise = new AudioBufferSourceNode(context, { buffer, loop: true });
	const paper = new BiquadFilterNode(context, { type: "bandpass", frequency: 2600, Q: 0.7 });
	const gain = new GainNode(context, { gain: 0 });
	noise.connect(paper).connect(gain).connect(context.destination);
	noise.start();
	return gain;
}

let timer = 0;
let last = "";

/** Says a sentence out loud after a `delay` in ms, unless another one comes meanwhile. */
export function speak(text, delay = 0) {
	if (!isOn || !globalThis.speechSynthesis) return;
	clearTimeout(timer);
	timer = setTimeout(() => {
		if (text === last && delay) return;
		last = text;
		speechSynthesis.cancel();
		speechSynthesis.speak(Object.assign(new SpeechSynthesisUtterance(text), { lang: "en", rate: 1.1 }));
	}, delay);
}

export function hush() {
	clearTimeout(timer);
	globalThis.speechSynthesis?.cancel();
}
