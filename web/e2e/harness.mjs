// What the journeys share: a browser, pages in a language, counting, pictures, axe.
import { readFileSync, mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

export const world = JSON.parse(process.env.ZONGHENG_E2E ?? '{}'); // url, tokens, screenshots
const WAIT_MS = 40_000; // other programs may have the machine
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
// A map that a processor draws takes seconds: where no map is asked for, the browser has no WebGL, and the page has to do without.
const DRAWN = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const PLAIN = ['--disable-3d-apis'];
/** Whether a journey in this language draws its map: one language is enough to assert on, PICTURES=1 wants all. */
export const mapIn = (lang) => lang === 'zh' || Boolean(process.env.PICTURES);
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let drawn;
let plain;
let passed = 0;
let failed = 0;
const complaints = [];

export async function open() {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  [plain, drawn] = await Promise.all([PLAIN, DRAWN].map((more) => chromium.launch({ executablePath, args: [...FLAGS, ...more] })));
  mkdirSync(world.screenshots, { recursive: true });
}
export async function close() {
  await plain?.close();
  await drawn?.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

const contexts = () => [...plain.contexts(), ...drawn.contexts()];

export const check = (holds, what) => {
  if (!holds) throw new Error(what);
};

/** A page of its own; whatever it complains of (errors, CSP) fails the journey that it happened in. */
export async function visit(path, { lang = 'zh', width = 1280, height = 800, map = false, at = world.url } = {}) {
  const context = await (map ? drawn : plain).newContext({ viewport: { width, height }, locale: lang === 'zh' ? 'zh-CN' : 'en-US', reducedMotion: 'reduce', acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  page.on('pageerror', (e) => complaints.push(`pageerror: ${e.message}`));
  page.on('console', (m) => {
    // What the network refuses is shown to people and tested as such.
    if (m.type() === 'error' && !/Failed to load resource|ERR_|WebGL/.test(m.text())) complaints.push(`console: ${m.text().slice(0, 300)}`);
  });
  page.on('request', (r) => {
    if (!r.url().startsWith(at) && !/^(blob|data):/.test(r.url())) complaints.push(`asks another host: ${r.url()}`);
  });
  await page.goto(`${at}/${path}`, { waitUntil: 'commit' });
  await page.waitForSelector('.top nav a');
  return page;
}

export async function journey(name, run) {
  if (process.env.ONLY && !name.includes(process.env.ONLY)) return; // by hand: ONLY=phone
  complaints.length = 0;
  const begun = Date.now();
  try {
    await run();
    check(complaints.length === 0, complaints.join('; '));
    passed++;
    console.log(`ok   ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  } catch (e) {
    failed++;
    console.log(`FAIL ${name}: ${e.stack ?? e}`);
    for (const context of contexts()) for (const page of context.pages()) await page.screenshot({ path: `${world.screenshots}/failed-${name.replace(/\W+/g, '-')}.png` }).catch(() => undefined);
  }
  for (const context of contexts()) await context.close();
}

/** No rule of WCAG 2.1 A and AA that axe can see is broken. */
export async function accessible(page, what) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }));
  const bad = found.violations.map((v) => `${v.id} (${v.nodes.length}): ${v.nodes.slice(0, 2).map((n) => `${n.html.slice(0, 120)} ${n.failureSummary?.split('\n')[1] ?? ''}`).join(' | ')}`);
  check(bad.length === 0, `${what}: ${bad.join('; ')}`);
}

/** The map has drawn all it has. */
export async function mapReady(page, timeout = 2 * WAIT_MS) {
  await page.waitForFunction(() => document.querySelector('.map-pane')?.dataset.idle === 'yes', undefined, { timeout });
}

/** A picture for people: nothing is asserted on it, so a map that is slow to draw is taken as it is. */
export async function picture(page, name) {
  if (page.context().browser() === drawn) await mapReady(page, WAIT_MS / 4).catch(() => undefined);
  await page.screenshot({ path: `${world.screenshots}/${name}.png` });
}

/** What a visitor does, counted: a click, a text typed or pasted, a key. */
export function visitor(page) {
  let actions = 0;
  const act = (run) => (...what) => (actions++, run(...what));
  return {
    click: act((s) => (typeof s === 'string' ? page.click(s) : s.click())),
    type: act((s, text) => page.fill(s, text)),
    press: act((key) => page.keyboard.press(key)),
    within: (most, what) => check(actions <= most, `${what} took ${actions} actions, not ${most}`),
  };
}

/** On a Chinese page no English sentence stands that is not marked as English. */
export async function allChinese(page, selector, what) {
  const left = await page.locator(selector).evaluateAll((list) =>
    list.flatMap((e) => {
      const copy = e.cloneNode(true);
      copy.querySelectorAll('[lang=en], title, code').forEach((x) => x.remove());
      return copy.textContent.match(/[A-Za-z]+ [a-z]+ [a-z]+[^\u4e00-\u9fff]*/g) ?? [];
    }),
  );
  check(left.length === 0, `${what}: English under Chinese: ${left.slice(0, 3).join(' | ')}`);
}

export async function signIn(page, role) {
  await page.click('.top-end button:nth-of-type(2)');
  await page.fill('dialog input', world.tokens[role]);
  await page.click('dialog button.primary');
  await page.waitForSelector('.who');
}

/** Nothing is wider than the screen. */
export async function fitsWidth(page, what) {
  const [need, have] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  check(need <= have, `${what}: ${need} px on a screen of ${have}`);
}

/** A call as any client makes it; throws with the Connect error. */
export async function call(method, body, role) {
  const r = await fetch(`${world.url}/zongheng.v1.${method}`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...(role ? { Authorization: `Bearer ${world.tokens[role]}` } : {}) }, body: JSON.stringify(body) });
  const reply = await r.json();
  if (!r.ok) throw new Error(`${method}: ${reply.code} ${reply.message}`);
  return reply;
}
export async function has(method) {
  try {
    await call(method, {}, 'planner');
  } catch (e) {
    return !/unimplemented/.test(e.message);
  }
  return true;
}

const lines = createInterface({ input: process.stdin });
const answers = [];
const waiting = [];
lines.on('line', (l) => (waiting.length > 0 ? waiting.shift()(l) : answers.push(l)));
/** Asks test_page.py, who owns the daemon: "stop", "start". */
export async function tell(what) {
  console.log(`@${what}`);
  const answer = answers.length > 0 ? answers.shift() : await new Promise((done) => waiting.push(done));
  check(answer === 'done', answer);
}
export const release = () => lines.close();
