#!/usr/bin/env node
// Opens a page in headless Chromium and prints JSON: the messages of the console, the requests, and
// the value of an expression. It uses Chromium's debugging pipe (descriptors 3 and 4, messages that
// end with NUL), so it needs no packages and no port.
//
//   browser.mjs PAGE [--width N] [--height N] [--dark] [--no-script] [--screenshot FILE]
//     [--eval EXPRESSION]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options, positionals: [page] } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: 'string', default: '1280' }, height: { type: 'string', default: '900' },
    dark: { type: 'boolean' }, 'no-script': { type: 'boolean' }, screenshot: { type: 'string' },
    eval: { type: 'string', default: 'null' },
  },
});

const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
const chromium = spawn('chromium', [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--remote-debugging-pipe',
  `--user-data-dir=${profile}`, 'about:blank',
], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });

const waiting = new Map();
const said = [];
const requests = new Map(); // by id, without those that the page's own policy blocked
const events = {}; // by method: a function to call when it happens
let pending = '';
let number = 0;

function received({ id, error, result, method, params }) {
  if (id) {
    const { done, failed } = waiting.get(id);
    error ? failed(new Error(error.message)) : done(result);
  }
  if (method === 'Runtime.consoleAPICalled') {
    said.push(`${params.type}: ${params.args.map((a) => a.value ?? a.description).join(' ')}`);
  }
  if (method === 'Runtime.exceptionThrown') {
    said.push(`exception: ${params.exceptionDetails.exception?.description}`);
  }
  if (method === 'Log.entryAdded') said.push(`${params.entry.level}: ${params.entry.text}`);
  if (method === 'Network.requestWillBeSent') requests.set(params.requestId, params.request.url);
  if (method === 'Network.loadingFailed' && params.blockedReason === 'csp') {
    requests.delete(params.requestId);
  }
  events[method]?.();
}

chromium.stdio[4].setEncoding('utf8').on('data', (text) => {
  pending += text;
  for (let end; (end = pending.indexOf('\0')) >= 0; pending = pending.slice(end + 1)) {
    received(JSON.parse(pending.slice(0, end)));
  }
});

function call(method, params = {}, sessionId = undefined) {
  return new Promise((done, failed) => {
    waiting.set(++number, { done, failed });
    chromium.stdio[3].write(`${JSON.stringify({ id: number, method, params, sessionId })}\0`);
  });
}

async function look() {
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  const tab = (method, params) => call(method, params, sessionId);
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await tab(`${domain}.enable`);
  const [width, height] = [Number(options.width), Number(options.height)];
  const mobile = width < 600;
  await tab('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile });
  const scheme = { name: 'prefers-color-scheme', value: options.dark ? 'dark' : 'light' };
  await tab('Emulation.setEmulatedMedia', { features: [scheme] });
  if (options['no-script']) await tab('Emulation.setScriptExecutionDisabled', { value: true });
  const loaded = new Promise((done) => (events['Page.loadEventFired'] = done));
  await tab('Page.navigate', { url: pathToFileURL(resolve(page)).href });
  await loaded;
  const evaluate = async (expression) => {
    const asked = { expression, returnByValue: true, awaitPromise: true };
    return (await tab('Runtime.evaluate', asked)).result.value;
  };
  // Waits for the last chart, if the page has charts.
  const complete =
    `!document.getElementById('specs') || 'drawn' in document.documentElement.dataset`;
  for (let i = 0; i < 400 && !options['no-script']; ++i) {
    if (await evaluate(complete)) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  const value = await evaluate(options.eval); // works even if the page itself may not run scripts
  // Of the window only: a screenshot of a larger area would change the layout of the page.
  if (options.screenshot) {
    const { data } = await tab('Page.captureScreenshot', { format: 'png' });
    writeFileSync(options.screenshot, Buffer.from(data, 'base64'));
  }
  console.log(JSON.stringify({ said, requests: [...requests.values()], value }));
}

const gone = new Promise((done) => chromium.on('exit', done));
const limit = setTimeout(() => {
  console.error('browser.mjs: Chromium did not answer within 60 s');
  chromium.kill('SIGKILL');
  process.exitCode = 1;
}, 60_000);
try {
  await Promise.race([look(), gone]);
} catch (error) {
  console.error(`browser.mjs: ${error.stack}`);
  process.exitCode = 1;
}
clearTimeout(limit);
chromium.kill('SIGTERM');
await gone;
try {
  rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
} catch {
  // A process of Chromium was still writing; the test removes the folder above.
}
