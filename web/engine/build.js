// Makes kernel.js of kernel.wat: `npx --package wabt@1.0.39 -- node web/engine/build.js` (Node.js; nobody else needs it).
// With --check, only tells by its exit code whether kernel.js is what it would write.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const [source, target] = ["kernel.wat", "kernel.js"].map((name) => new URL(name, import.meta.url));
// npx puts the package's folder beside the .bin that stands first in PATH
const bin = process.env.PATH.split(":").find((folder) => folder.endsWith("node_modules/.bin"));
const wabt = await createRequire(bin ? `${bin}/` : import.meta.url)("wabt")();

const { buffer } = wabt.parseWat("kernel.wat", readFileSync(source, "utf8"), { simd: true }).toBinary({});
const text = `// Made of kernel.wat by build.js: its ${buffer.length} bytes.
export const KERNEL = "${Buffer.from(buffer).toString("base64")}";
`;

if (process.argv.includes("--check")) process.exit(readFileSync(target, "utf8") === text ? 0 : 1);
writeFileSync(target, text);
