#!/usr/bin/env node
// Writes the charts of a report as files, for papers and READMEs: SVG, and also PNG if rsvg-convert
// is installed.
//
//   node plots/render.mjs RESULT.json [MORE.json ...] -o FOLDER
//
// They are the charts of the page: `mptcp-bench report` makes the data, and charts.js prepares the
// specifications, both in the page and here.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import './charts.js';

const here = dirname(fileURLToPath(import.meta.url));
const bench = resolve(process.env.MPTCP_BENCH ?? join(here, '..', 'build', 'mptcp-bench'));
const options = process.argv.slice(2);
const at = options.indexOf('-o');
if (at < 0 || at + 1 >= options.length || options.length < 3) {
  console.error('usage: node plots/render.mjs RESULT.json [MORE.json ...] -o FOLDER');
  process.exit(2);
}
const [, folder] = options.splice(at, 2);

async function bundled(name) {
  for (const place of [join(dirname(bench), 'plots'), here]) {
    const module = join(place, 'node_modules', name, 'package.json');
    if (!existsSync(module)) continue;
    const manifest = createRequire(join(place, 'package.json')).resolve(module);
    const { exports } = JSON.parse(readFileSync(manifest));
    return import(pathToFileURL(join(dirname(manifest), (exports['.'] ?? exports).default)));
  }
  console.error(`render.mjs: ${name} is missing; run plots/setup.sh`);
  process.exit(1);
}
const vega = await bundled('vega');
const vegaLite = await bundled('vega-lite');

// The data and the specifications of the page.
function report(results) {
  const folder = mkdtempSync(join(tmpdir(), 'mptcp-bench-'));
  try {
    const page = join(folder, 'report.html');
    execFileSync(bench, ['report', ...results, '-o', page], { stdio: 'inherit' });
    const html = readFileSync(page, 'utf8');
    const held = (id) => {
      const element = `<script type="application/json" id="${id}">(.*?)</script>`;
      return JSON.parse(html.match(new RegExp(element, 's'))[1]);
    };
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
    const width = panels.length > 1 ? 960 / columns - 40 : 640;
    const chart = charts.sheet(spec, data, { pick, columns, width });
    chart.background = charts.themes.light.paper;
    chart.padding = 12;
    // A file is as wide as its labels. Limits would cut them too early, because Vega overestimates
    // the width of text here.
    chart.config.axis.labelLimit = chart.config.legend.labelLimit = 0;
    for (const { encoding } of chart.concat) delete encoding?.y?.axis?.labelLimit;
    const { spec: compiled } = vegaLite.compile(chart, { logger: vega.logger(vega.Error) });
    const view = new vega.View(vega.parse(compiled), { renderer: 'none', logLevel: vega.Error });
    const suffix = pick === undefined ? '' : `-${pick.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
    const file = join(folder, name + suffix);
    writeFileSync(`${file}.svg`, `${await view.toSVG()}\n`);
    if (png) execFileSync('rsvg-convert', ['--zoom', '2', '-o', `${file}.png`, `${file}.svg`]);
    console.log(`${file}.svg`);
  }
}
