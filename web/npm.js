// What `npm pack` needs beside it and this checkout has elsewhere: `node npm.js copy`, and `node npm.js remove`.

import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";

if (process.argv[2] === "copy") {
	const models = readdirSync("../models").filter((name) => name.endsWith(".bin"));
	if (!models.length) throw new Error("models/ holds no .bin file: `make export` writes it");
	mkdirSync("models", { recursive: true });
	for (const name of models) copyFileSync(`../models/${name}`, `models/${name}`);
	copyFileSync("../docs/embed.md", "README.md");
	copyFileSync("../LICENSE", "LICENSE");
} else for (const name of ["models", "README.md", "LICENSE"]) rmSync(name, { recursive: true, force: true });
