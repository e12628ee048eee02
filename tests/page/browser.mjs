#!/usr/bin/env node
// Opens a page in headless Chromium and says what happened, as JSON on stdout: messages of the console, requests that were made, and the value
// of an expression. Over Chromium's debugging pipe (descriptors 3 and 4, texts that end in NUL): no packages, no port.
//
//   browser.mjs PAGE [--width N] [--height N] [--dark] [--no-script] [--screenshot FILE] [--eval EXPRESSION]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options, positionals: [page] } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: 'string', default: '1280' }, height: { type: 'string', default: '900' }, dark: { type: 'boolean' },
    'no-script': { type: 'boolean' }, screenshot: { type: 'string' }, eval: { type: 'string', default: 'null' },
  },
});

const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
const chromium = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'],
{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });

const waiting = new Map();
const said = [];
const requests = new Map(); // by their identity; without those that the page's own policy stopped
let events = {}; // by method: who waits for it
let pending = '';
let number = 0;
chromium.stdio[4].setEncoding('utf8').on('data', (text) => {
  pending += text;
  for (let end; (end = pending.indexOf('\0')) >= 0; pending = pending.slice(end + 1)) {
    const message = JSON.parse(pending.slice(0, end));
    if (message.id) {
      const { done, failed } = waiting.get(message.id);
      message.error ? failed(new Error(message.error.message)) : done(message.result);
    }
    if (message.method === 'Runtime.consoleAPICalled') said.push(`${message.params.type}: ${message.params.args.map((a) => a.value ?? a.description).join(' ')}`);
    if (message.method === 'Runtime.exceptionThrown') said.push(`exception: ${message.params.exceptionDetails.exception?.description}`);
    if (message.method === 'Log.entryAdded') said.push(`${message.params.entry.level}: ${message.params.entry.text}`);
    if (message.method === 'Network.requestWillBeSent') requests.set(message.params.requestId, message.params.request.url);
    if (message.method === 'Network.loadingFailed' && message.params.blockedReason === 'csp') requests.delete(message.params.requestId);
    events[message.method]?.();
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
  await tab('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
  await tab('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: options.dark ? 'dark' : 'light' }] });
  if (options['no-script']) await tab('Emulation.setScriptExecutionDisabled', { value: true });
  const loaded = new Promise((done) => (events['Page.loadEventFired'] = done));
  await tab('Page.navigate', { url: pathToFileURL(resolve(page)).href });
  await loaded;
  const evaluate = async (expression) => (await tab('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })).result.value;
  // Until the last chart has been drawn, where there are charts.
  for (let i = 0; i < 400 && !options['no-script']; ++i) {
    if (await evaluate(`!document.getElementById('specs') || 'drawn' in document.documentElement.dataset`)) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  const value = await evaluate(options.eval); // also where the page itself may run nothing
  // Of the window, as a user sees it: to show more of the page would lay it out anew.
  if (options.screenshot) {
    const { data } = await tab('Page.captureScreenshot', { format: 'png' });
    writeFileSync(options.screenshot, Buffer.from(data, 'base64'));
  }
  console.log(JSON.stringify({ said, requests: [...requests.values()], value }));
}

const gone = new Promise((done) => chromium.on('exit', done));
const limit = setTimeout(() => {
  console.error('browser.mjs: Chromium gave no answer within 60 s');
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
  // One of its processes was still writing; the folder goes with that of the test.
}
