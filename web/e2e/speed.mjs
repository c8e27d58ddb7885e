// How quick the page is on a network: load, first paint, the whole map, frames of pans and zooms, bytes and memory.
// Started by tests/bench/page_bench.py; prints one JSON object. Nothing is asserted here.
import { chromium } from 'playwright-core';

const { url, rounds, zooms } = JSON.parse(process.env.ZONGHENG_SPEED);
const VIEW = { width: 1280, height: 800 };
const WAIT_MS = 120_000;

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
const at = (list, part) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-quic', '--disable-background-networking', '--enable-precise-memory-info'] });

const idle = (page) => page.waitForFunction(() => document.querySelector('.map-pane')?.dataset.idle === 'yes', undefined, { timeout: WAIT_MS, polling: 50 });

/** What the browser says of the load, and of the calls for the network. */
async function figures(page) {
  return page.evaluate(() => {
    const nav = performance.getEntriesByType('navigation')[0];
    const paint = performance.getEntriesByType('paint').find((p) => p.name === 'first-contentful-paint');
    const calls = performance.getEntriesByType('resource').filter((r) => r.name.includes('GetNetwork'));
    return {
      load: nav.loadEventEnd, paint: paint?.startTime ?? 0, now: performance.now(),
      calls: calls.length, sent: calls.reduce((s, r) => s + r.transferSize, 0), unpacked: calls.reduce((s, r) => s + r.decodedBodySize, 0), longest: Math.max(0, ...calls.map((r) => r.duration)),
    };
  });
}

/** Gaps between frames, and tasks of the main thread above 50 ms, until stopped. */
const watch = (page) =>
  page.evaluate(() => {
    const w = { gaps: [], tasks: [], on: true, last: performance.now() };
    window.zhWatch = w;
    const tick = (t) => {
      w.gaps.push(t - w.last);
      w.last = t;
      if (w.on) window.requestAnimationFrame(tick);
    };
    window.requestAnimationFrame((t) => { w.last = t; window.requestAnimationFrame(tick); });
    w.observer = new window.PerformanceObserver((list) => list.getEntries().forEach((e) => w.tasks.push(e.duration)));
    w.observer.observe({ entryTypes: ['longtask'] });
  });
const seen = (page) => page.evaluate(() => { const w = window.zhWatch; w.on = false; w.observer.disconnect(); return { gaps: w.gaps, tasks: w.tasks }; });

async function drag(page, dx, dy) {
  const [x, y] = [860, 400];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let i = 1; i <= 20; i++) {
    await page.mouse.move(x + (dx * i) / 20, y + (dy * i) / 20);
    await page.waitForTimeout(16);
  }
  await page.mouse.up();
}

const loads = [];
const moves = [];
let heap = 0;
for (let i = 0; i < rounds; i++) {
  const page = await (await browser.newContext({ viewport: VIEW })).newPage();
  await page.goto(`${url}/`, { waitUntil: 'load' });
  await idle(page);
  loads.push(await figures(page));
  await page.context().close();
}
for (const zoom of zooms) {
  const page = await (await browser.newContext({ viewport: VIEW })).newPage();
  await page.goto(`${url}/#/dispatch?at=${zoom}`, { waitUntil: 'load' });
  await idle(page);
  const before = await figures(page);
  await watch(page);
  for (const [dx, dy] of [[-300, 0], [0, -250], [300, 100], [-200, 150]]) {
    await drag(page, dx, dy);
    await page.waitForTimeout(500);
  }
  const pan = await seen(page);
  await idle(page);
  await watch(page);
  await page.mouse.move(860, 400);
  for (const step of [-240, -240, 240, 240]) {
    await page.mouse.wheel(0, step);
    await page.waitForTimeout(700);
  }
  const zoomed = await seen(page);
  await idle(page);
  const after = await figures(page);
  heap = Math.max(heap, await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0));
  const told = (w) => ({ frames: w.gaps.length, median: median(w.gaps), p95: at(w.gaps, 0.95), longest: Math.max(...w.gaps), over100: w.gaps.filter((g) => g > 100).length, tasks: w.tasks.length, task: Math.max(0, ...w.tasks) });
  moves.push({ zoom, whole: before.now, calls: after.calls, sent: after.sent, unpacked: after.unpacked, call: after.longest, pan: told(pan), zoomed: told(zoomed) });
  if (process.env.PICTURE) await page.screenshot({ path: `${process.env.PICTURE}-${moves.length}.png` });
  await page.context().close();
}
await browser.close();
console.log(JSON.stringify({ loads, moves, heap }));
