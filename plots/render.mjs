#!/usr/bin/env node
// Renders the charts of a report as files, for papers and READMEs: SVG, and PNG too where rsvg-convert is installed.
//
//   node plots/render.mjs RESULT.json [MORE.json ...] -o FOLDER
//
// They are the report's own: `mptcp-bench report` makes the data and the specifications, charts.js prepares both in the page and here.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import './charts.js';

const here = dirname(fileURLToPath(import.meta.url));
const build = join(here, '..', 'build');
const options = process.argv.slice(2);
const at = options.indexOf('-o');
if (at < 0 || at + 1 >= options.length || options.length < 3) {
  console.error('usage: node plots/render.mjs RESULT.json [MORE.json ...] -o FOLDER');
  process.exit(2);
}
const [, folder] = options.splice(at, 2);

async function bundled(name) {
  for (const place of [join(build, 'plots'), here]) {
    if (!existsSync(join(place, 'node_modules', name))) continue;
    const manifest = createRequire(join(place, 'package.json')).resolve(join(place, 'node_modules', name, 'package.json'));
    const { exports } = JSON.parse(readFileSync(manifest));
    return import(pathToFileURL(join(dirname(manifest), (exports['.'] ?? exports).default)));
  }
  console.error(`render.mjs: ${name} is not there; run plots/setup.sh`);
  process.exit(1);
}
const vega = await bundled('vega');
const vegaLite = await bundled('vega-lite');

// What `mptcp-bench report` would draw in the page.
function report(results) {
  const folder = mkdtempSync(join(tmpdir(), 'mptcp-bench-'));
  try {
    const page = join(folder, 'report.html');
    execFileSync(process.env.MPTCP_BENCH ?? join(build, 'mptcp-bench'), ['report', ...results, '-o', page], { stdio: 'inherit' });
    const html = readFileSync(page, 'utf8');
    const held = (id) => JSON.parse(html.match(new RegExp(`<script type="application/json" id="${id}">(.*?)</script>`, 's'))[1]);
    return { data: held('data'), specs: held('specs') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const png = process.env.PATH.split(':').some((place) => existsSync(join(place, 'rsvg-convert')));
const { data, specs } = report(options);
mkdirSync(folder, { recursive: true });
for (const [name, spec] of Object.entries(specs)) {
  const picks = spec.usermeta?.pick ? data.cells : [undefined];
  for (const pick of picks) {
    const panels = charts.panels(spec, data, pick);
    if (panels.length === 0) continue;
    const columns = Math.min(3, panels.length);
    const chart = charts.sheet(spec, data, { pick, columns, width: panels.length > 1 ? 960 / columns - 40 : 640 });
    chart.background = charts.themes.light.paper;
    chart.padding = 12;
    const view = new vega.View(vega.parse(vegaLite.compile(chart, { logger: vega.logger(vega.Error) }).spec), { renderer: 'none', logLevel: vega.Error });
    const file = join(folder, pick === undefined ? name : `${name}-${pick.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`);
    writeFileSync(`${file}.svg`, `${await view.toSVG()}\n`);
    if (png) execFileSync('rsvg-convert', ['--zoom', '2', '-o', `${file}.png`, `${file}.svg`]);
    console.log(`${file}.svg`);
  }
}
