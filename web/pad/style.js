// How a pad looks; a page changes it by custom properties and by ::part(...).

const RULES = `
:host { display: block; width: 280px; color: var(--doodle-ink, #1d2b70); }
:host([hidden]) { display: none; }
[part=paper] { position: relative; aspect-ratio: 1; background: var(--doodle-paper, #fdfdfb); outline: 1px solid var(--doodle-edge, #7f8eab); }
canvas { display: block; width: 100%; height: 100%; cursor: crosshair; touch-action: none; user-select: none; -webkit-user-select: none; -webkit-touch-callout: none; }
canvas:focus { outline: none; }
[part~=nib] { position: absolute; box-sizing: border-box; padding: 8px; margin: -10px; border: 2px solid; border-radius: 50%; pointer-events: none; }
[part~=nib-down] { background: var(--doodle-marker, #ffe04a); }
canvas:not(:focus-visible) + [part~=nib] { display: none; }
[part=controls] { display: none; gap: 8px; margin-top: 8px; }
:host([controls]) [part=controls] { display: flex; }
button { flex: 1; min-height: 44px; font: inherit; color: inherit; background: none; border: 1px solid; border-radius: 6px; cursor: pointer; }
button[aria-disabled=true] { opacity: 0.6; cursor: default; }
[part=status] { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

let sheet = null; // one for all pads

export function style() {
	if (sheet) return sheet;
	sheet = new CSSStyleSheet();
	sheet.replaceSync(RULES);
	return sheet;
}
