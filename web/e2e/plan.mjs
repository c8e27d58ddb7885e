// The planner's journeys.
import { readFileSync } from 'node:fs';
import { accessible, allChinese, call, check, has, journey, mapIn, mapReady, picture, signIn, visit, visitor, world } from './harness.mjs';

const text = async (page, selector) => (await page.locator(selector).first().textContent()) ?? '';

/** Two maps that move together, by keys on either, and the view in the link. */
async function sideBySide(page) {
  await page.click('[data-view=side]');
  await page.waitForSelector('.side canvas');
  const [left, right] = [page.locator('.side .map'), page.locator('.map-pane > .map')];
  const [a, b] = [await left.boundingBox(), await right.boundingBox()];
  check(Math.abs(a.width - b.width) < 8 && a.x + a.width <= b.x + 4, 'beside each other');
  const at = (map) => map.getAttribute('data-at');
  for (const map of [left, right]) {
    const before = await at(map);
    await map.locator('canvas').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((was) => document.querySelector('.side .map').dataset.at !== was && document.querySelector('.side .map').dataset.at === document.querySelector('.map-pane > .map').dataset.at, before);
  }
  await page.waitForFunction(() => location.hash.includes('view=side') && location.hash.includes('at='));
  await picture(page, 'side-zh');
  await accessible(page, 'side by side');
}

/** What was exported is what its name says. */
function holdsWhatItSays(kind, body) {
  if (kind === 'geojson') {
    const g = JSON.parse(body);
    check(g.type === 'FeatureCollection' && g.features.length > 10 && g.features.every((f) => f.geometry.coordinates.length > 1 && Number.isFinite(f.properties.after_pce)), 'flows as GeoJSON');
    check(g.features.some((f) => f.properties.new), 'with the new road');
  } else if (kind === 'csv') {
    const rows = body.trim().split('\r\n');
    check(rows.length > 30 && rows[0].includes('kind,name') && ['winner', 'link', 'access', 'case'].every((k) => rows.some((r) => r.startsWith(`${k},`))), 'a table of all kinds of rows');
  } else check(/^<!doctype html>/i.test(body) && body.includes('<svg') && !/<script|https?:\/\/(?!www\.w3\.org)/i.test(body), 'a report that stands by itself');
}

export async function planJourneys(langs) {
  for (const lang of langs) {
    await journey(`corridors and projects (${lang})`, async () => {
      const page = await visit('#/plan?tab=corridors', { lang, map: mapIn(lang) });
      await page.waitForSelector('.line');
      check((await page.locator('.line').count()) === 14, 'seven, six and one');
      await page.locator('.line').nth(2).click();
      if (mapIn(lang)) await mapReady(page);
      await picture(page, `corridors-${lang}`);
      await accessible(page, 'corridors');
      await page.click('[role=tab]:nth-child(1)');
      await page.click('[data-project=P02]');
      await page.waitForSelector('.project-more .primary');
      check(/p=P02/.test(page.url()), 'a link to the project');
      await picture(page, `plan-${lang}`);
      await accessible(page, 'projects');
    });
  }
  if (await has('Planning/Appraise'))
    for (const lang of langs)
      await journey(`the effect of Huahu airport expressway II within five actions (${lang})`, async () => {
        const page = await visit('', { lang, map: mapIn(lang) });
        const guest = visitor(page);
        await guest.click('nav [href="#/plan"]');
        await guest.click('[data-project=P02]');
        await guest.click('.project-more .primary');
        await page.waitForSelector('[data-view=diff]', { timeout: 150_000 });
        guest.within(5, 'the effect of a project');
        if (lang === 'zh') await allChinese(page, '.panel', 'comparison');
        await picture(page, `compare-${lang}`);
        await accessible(page, 'comparison');
        for (const part of lang === 'zh' ? [1, 2, 3] : [2]) {
          await page.locator('[role=tab]').nth(part).click();
          await page.waitForSelector('.plain tbody tr');
          await accessible(page, `part ${part}`);
          if (part === 2) await picture(page, `access-${lang}`);
        }
        for (const [button, end] of [[0, 'geojson'], [1, 'csv'], [2, 'html']]) {
          const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.exports button').nth(button).click()]);
          check(file.suggestedFilename().endsWith(end), `${end}: ${file.suggestedFilename()}`);
          holdsWhatItSays(end, readFileSync(await file.path(), 'utf8'));
        }
        if (lang === 'zh') {
          await page.click('[data-view=swipe]');
          await page.waitForSelector('.swipe canvas');
          await page.locator('.swipe input').fill('30');
          await sideBySide(page);
        }
      });
  await journey('a long run shows its progress and can be stopped', async () => {
    const page = await visit('#/plan', { lang: 'en' });
    await signIn(page, 'planner');
    // What it answers does not matter here: the job is held in work by the page's own calls.
    let asked = 0;
    await page.route('**/Planning/GetJob', async (route) => (asked++ === 0 ? route.continue() : route.abort()));
    await page.click('[data-project=P05]');
    await page.click('.project-more .primary');
    await page.waitForSelector('.progress progress');
    await page.waitForFunction(() => /job=/.test(location.hash));
    const job = /job=([^&]+)/.exec(page.url())[1];
    await accessible(page, 'progress');
    await page.click('.progress button');
    await page.waitForSelector('.stopped');
    check(!page.url().includes('job='), 'the link names no job any more');
    const { job: ended } = await call('Planning/GetJob', { jobId: job }, 'planner');
    check(['STOPPED', 'FINISHED'].includes(ended.state), `the daemon's job: ${ended.state}`);
    await page.unroute('**/Planning/GetJob');
    await page.click('.stopped button');
    await page.waitForSelector('[data-view=diff]', { timeout: 150_000 });
  });
  await journey('the other views in English', async () => {
    const page = await visit('#/shipments', { lang: 'en' });
    await page.waitForSelector('.panel-shipments h1');
    await accessible(page, 'shipments of nobody');
    await signIn(page, 'planner');
    for (const tab of ['scenarios', 'draw']) {
      await page.goto(`${world.url}/#/plan?tab=${tab}`);
      await page.waitForSelector(`#panel [role=tab][aria-selected=true]`);
      await accessible(page, tab);
    }
  });
  if (await has('Planning/PutScenario'))
    await journey('draw a road, see it snap, save it, find routes in it', async () => {
      const page = await visit('#/plan?tab=draw', { lang: 'zh', map: true });
      await signIn(page, 'planner');
      await mapReady(page);
      await page.click('[data-tool=draw]');
      await page.waitForSelector('.hint[role=status]'); // says what to do once it takes clicks
      const map = await page.locator('.map').boundingBox();
      const at = (x, y) => [map.x + map.width * x, map.y + map.height * y];
      for (const p of [at(0.4, 0.5), at(0.5, 0.45), at(0.6, 0.5)]) {
        await page.mouse.move(...p);
        await page.mouse.click(...p);
      }
      await page.keyboard.press('Enter');
      await page.waitForSelector('.mods li');
      check(/draft=/.test(page.url()), 'the draft is in the link');
      await page.click('[data-tool=draw]');
      await page.locator('.mods .grid input').nth(0).fill('测试快速路');
      await page.locator('form .grid input').nth(0).fill('测试快速路');
      await page.locator('form .grid input').nth(1).fill('e2e-road');
      await page.click('.save button:nth-child(1)');
      await page.waitForSelector('.report li li, .report .problem');
      await picture(page, 'draw-zh');
      await accessible(page, 'draw');
      check((await page.locator('.report .problem').count()) === 0, await text(page, '.report'));
      await page.click('.save .primary');
      await page.waitForSelector('form > .row:last-child .primary');
      await page.locator('form > .row:last-child button').nth(1).click(); // both places are given: it asks at once
      await page.waitForSelector('.card[data-family]');
      check((await text(page, '.asked')).includes('e2e-road'), 'asked in the scenario');
    });
}
