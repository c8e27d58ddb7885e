// The page's journeys in a browser, against a true daemon. Started by tests/e2e/test_page.py.
import { randomBytes } from 'node:crypto';
import { accessible, allChinese, call, check, close, fitsWidth, journey, mapIn, mapReady, open, picture, release, signIn, tell, visit, visitor, world } from './harness.mjs';
import { demandJourneys } from './demand.mjs';
import { planJourneys } from './plan.mjs';

const text = async (page, selector) => (await page.locator(selector).first().textContent()) ?? '';
const LANGS = ['zh', 'en'];
const WORDS = { zh: { railWater: '铁水', search: '查找方案', total: '合计', latest: '最晚提货', ofFamily: /中/ }, en: { railWater: 'Rail-water', search: 'Find options', total: 'Total', latest: 'Latest pickup', ofFamily: / of / } };

/** No two dots of the plot hide each other. */
async function apart(page) {
  const at = await page.locator('.pareto .dot').evaluateAll((list) => list.map((e) => e.getAttribute('transform').match(/[\d.]+/g).map(Number)));
  for (let i = 0; i < at.length; i++) for (let k = 0; k < i; k++) check(Math.hypot(at[i][0] - at[k][0], at[i][1] - at[k][1]) > 13, `dots ${k + 1} and ${i + 1} lie on each other`);
}

await open();

for (const lang of LANGS) {
  await journey(`a priced rail-water route Daye - Shanghai within three actions (${lang})`, async () => {
    const page = await visit('', { lang, map: mapIn(lang) });
    check((await page.getAttribute('html', 'lang')).startsWith(lang), 'the language of the browser');
    const guest = visitor(page);
    await guest.click('[data-example=cathode]');
    await page.waitForSelector('.card[data-family]');
    await picture(page, `dispatch-${lang}`);
    await accessible(page, 'options');
    check((await page.locator('.card-why .best').count()) >= 3, 'the best of all options in time, money and CO2');
    check((await page.locator('.card-why em:not(.best)').allTextContents()).every((w) => WORDS[lang].ofFamily.test(w)), 'what is the best of a family only says so');
    await apart(page);
    if (lang === 'zh') await allChinese(page, '.panel', 'options');
    await guest.click(page.locator('.card[data-family=RAIL_WATER]').first());
    await page.waitForSelector('.bill tfoot');
    guest.within(3, 'a priced rail-water route');
    check((await text(page, '.detail h2')).includes(WORDS[lang].railWater), 'the family in words');
    check(/¥[\d,]+\.\d\d/.test(await text(page, '.bill tfoot .num')), 'a total');
    check((await text(page, '.bill tfoot')).includes('✓'), 'the lines add up');
    check((await page.locator('.bill tbody tr').count()) > 6 && (await page.locator('.bill .est').count()) > 0, 'line by line, estimates marked');
    check((await text(page, '.facts')).includes(WORDS[lang].latest), 'the latest pickup');
    if (lang === 'zh') await allChinese(page, '.panel', 'option');
    check((await page.locator('.timeline .cut').count()) >= 2 && (await page.locator('.leg-cut b').count()) >= 2, 'cut-offs and slack');
    await picture(page, `option-${lang}`);
    await accessible(page, 'option');
    const [url, title] = [page.url(), await text(page, '.detail h2')];
    const again = await visit(new URL(url).hash, { lang });
    await again.waitForSelector('.detail h2');
    check((await text(again, '.detail h2')) === title, 'the link opens the same option');
    await page.goBack();
    await page.waitForSelector('.card[data-family]');
    check((await page.locator('.map-failed').count()) === (mapIn(lang) ? 0 : 1) && (await again.locator('.map-failed').count()) === 1, 'without WebGL the page says so and works');
  });
}

await journey('by keyboard alone, with completion in pinyin, English and codes', async () => {
  const page = await visit('', { lang: 'en' });
  const from = page.getByRole('combobox', { name: 'From' });
  await from.focus();
  for (const [query, want] of [['daye', 'Daye'], ['LGG', 'Liege'], ['大冶', 'Daye']]) {
    await from.fill(query);
    await page.waitForFunction((w) => document.querySelector('.choices:not([hidden]) .choice-name')?.textContent.includes(w), want);
  }
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  check((await from.inputValue()).startsWith('Daye'), `the choice fills the field, not ${await from.inputValue()}`);
  await page.getByRole('combobox', { name: 'To', exact: true }).focus();
  await page.keyboard.type('Wuhan');
  await page.waitForSelector('.choices:not([hidden]) li');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.card[data-family]');
  const dot = page.locator('.pareto .dot').first();
  await dot.focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('.detail h2');
  check(await page.evaluate(() => document.activeElement?.id === 'detail-title'), 'the focus follows');
  const tabTo = async (selector) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
    }
    throw new Error(`Tab does not come to ${selector}`);
  };
  await tabTo('.book .primary');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.insertText(world.tokens.shipper);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.who');
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await tabTo('.book .primary');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.booked');
  await tabTo('.booked .primary');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.bill-no');
  await accessible(page, 'shipment in English');
});

await journey('roads to avoid: by id, by a click on the map, in the link', async () => {
  const { links } = await call('Operations/GetNetwork', { zoom: 14, withLinks: true, box: { south: 30, north: 30.7, west: 114.2, east: 115.1 } });
  const ids = links.filter((l) => l.roadClass === 'motorway').map((l) => l.linkId);
  const page = await visit('#/dispatch?from=大冶市&to=武汉市&fam=ROAD', { lang: 'zh', map: true });
  await page.waitForSelector('.card[data-family=ROAD]');
  const before = await text(page, '.card-foot');
  await page.click('.asked button');
  await page.click('.question summary');
  await page.fill('.roads input', ids.join(' '));
  await page.keyboard.press('Enter');
  await page.waitForFunction((n) => document.querySelectorAll('[data-road]').length === n, ids.length);
  await page.click('.search');
  await page.waitForFunction((was) => document.querySelector('.asked') && (document.querySelector('.card-foot')?.textContent ?? was) !== was, before);
  check(/避开/.test(await text(page, '.asked')) && new URL(page.url()).hash.includes(ids[0]), 'the answer and the link say what is avoided');
  await page.click('.asked button');
  await page.locator('[data-road]').first().click();
  check((await page.locator('[data-road]').count()) === ids.length - 1, 'one is taken away');
  await mapReady(page);
  await page.click('[data-pick-roads]');
  const box = await page.locator('.map').boundingBox();
  for (let i = 0; i < 80 && (await page.locator('[data-road]').count()) < ids.length; i++) await page.mouse.click(box.x + 40 + i * 9, box.y + box.height * 0.6);
  check((await page.locator('[data-road]').count()) >= ids.length, 'a click on the map adds one');
  await accessible(page, 'roads to avoid');
});

await journey('presets, refusals and empty answers help', async () => {
  const page = await visit('#/dispatch?from=大冶&to=Atlantis', { lang: 'en' });
  await page.waitForSelector('.problem');
  check(/Atlantis/.test(await text(page, '.problem')), 'the error names the place');
  await page.click('.top-end button');
  await page.click('.search');
  await page.waitForFunction(() => /路网里没有地点“Atlantis”/.test(document.querySelector('.problem')?.textContent ?? ''));
  await page.click('.top-end button');
  for (const preset of ['machine', 'cold', 'boxes', 'parcels']) {
    await page.click(`[data-example=${preset}]`);
    await page.waitForSelector('.asked');
    const [cards, lost] = [await page.locator('.card[data-family]').count(), await page.locator('.lost li').count()];
    check(cards + lost > 0, `${preset}: options or reasons`);
    if (preset === 'cold') check(lost > 0, 'why other families lost');
    await page.locator('.brand').click();
    await page.waitForSelector('[data-example]');
  }
});

for (const lang of LANGS) {
  await journey(`on a phone (${lang})`, async () => {
    const page = await visit('', { lang, width: 390, height: 844 });
    await page.click('[data-example=cathode]');
    await page.waitForSelector('.card[data-family]');
    await fitsWidth(page, 'options');
    await picture(page, `phone-dispatch-${lang}`);
    await page.locator('.card[data-family=RAIL_WATER]').first().click();
    await page.waitForSelector('.bill tfoot');
    await fitsWidth(page, 'option');
    for (const view of ['shipments', 'plan', 'operate']) {
      await page.locator(`.top nav a[href="#/${view}"]`).click();
      await page.waitForSelector(`.panel-${view} h1`);
      await fitsWidth(page, view);
    }
    await page.locator('.top nav a[href="#/plan"]').click();
    await page.waitForSelector('[data-project=P02]');
    await picture(page, `phone-plan-${lang}`);
  });
}

await journey('book, follow live, see what a cancelled departure hits', async () => {
  const page = await visit('', { lang: 'zh' });
  await signIn(page, 'shipper');
  await page.click('[data-example=cathode]');
  await page.locator('.card[data-family=RAIL_WATER]').first().click();
  await page.click('.book .primary');
  await page.waitForSelector('.booked');
  await page.click('.booked .primary');
  await page.waitForSelector('.bill-no');
  const bill = (await text(page, '.bill-no')).split(' ')[0];
  check((await page.locator('.legs li').count()) >= 3 && (await page.locator('.events li').count()) >= 1, 'legs and events');
  await picture(page, 'shipment-zh');
  await allChinese(page, '.panel', 'shipment');
  await accessible(page, 'shipment');
  // An event that another program records is seen without a reload.
  const key = randomBytes(16).toString('base64');
  await call('Shipments/RecordEvent', { key, billNo: bill, event: { code: 'DEPA', classifier: 'ACT', occurredAt: String(Math.floor(Date.now() / 1000)), leg: 1 } }, 'shipper');
  await page.waitForFunction(() => [...document.querySelectorAll('.events li')].some((e) => e.textContent.includes('DEPA')));
  await page.click('.back');
  await page.waitForSelector(`[data-bill="${bill}"]`);
  check((await text(page, `[data-bill="${bill}"] .state`)) === '在途', 'the list has the new state');
  await page.waitForSelector('.live.on');
  await picture(page, 'shipments-zh');
  await accessible(page, 'shipments');
  const { legs } = await call('Shipments/Get', { billNo: bill }, 'shipper');
  const vessel = legs.find((l) => l.mode === 'VESSEL');
  await page.click('[role=tab]:nth-child(2)');
  await page.locator('.grid input').first().fill(vessel.serviceId);
  await page.locator('.grid input').nth(1).fill(vessel.day);
  await page.click('.search');
  await page.waitForSelector('.cards li');
  check((await text(page, '.cards li')).includes(bill) && (await page.locator('.ways li').count()) > 0, 'the shipment with other ways');
  await accessible(page, 'affected');
});

for (const lang of LANGS) {
  await journey(`operate (${lang})`, async () => {
    const page = await visit('#/operate', { lang });
    await page.waitForSelector('.tile b');
    await page.waitForFunction(() => document.querySelectorAll('.panel-operate tbody tr th').length > 2);
    check((await text(page, '.panel-operate')).includes('Routing/FindRoutes'), 'latencies by method');
    await picture(page, `operate-${lang}`);
    await accessible(page, 'operate');
    const asked = [];
    page.on('request', (r) => void (r.url().endsWith('/ListJobs') && asked.push(r)));
    await signIn(page, 'shipper');
    await page.waitForTimeout(500);
    check(asked.length === 0, 'a shipper has no jobs to ask for');
  });
}

if (world.large)
  await journey('a network that does not come whole is drawn by the view', async () => {
    const page = await visit('#/dispatch?at=9,30,110', { lang: 'en', map: true, at: world.large });
    const asked = [];
    page.on('request', (r) => void (r.url().endsWith('GetNetwork') && asked.push(r)));
    const at = () => page.getAttribute('.map', 'data-at');
    await mapReady(page);
    const box = await page.locator('.map').boundingBox();
    for (const [dx, dy] of [[-400, 0], [-400, -300]]) {
      const before = await at();
      await page.mouse.move(box.x + 450, box.y + 380);
      await page.mouse.down();
      await page.mouse.move(box.x + 450 + dx, box.y + 380 + dy, { steps: 6 });
      await page.mouse.up();
      await page.waitForFunction((was) => document.querySelector('.map').dataset.at !== was, before);
    }
    await page.waitForFunction(() => location.hash.includes('at='));
    for (let i = 0; i < 100 && asked.length === 0; i++) await page.waitForTimeout(100);
    const answers = await Promise.all(asked.map(async (r) => (await (await r.response())?.body())?.length ?? 0));
    check(answers.length > 0 && answers.some((n) => n > 2000) && Math.max(...answers) < 2_000_000, `answers of ${answers} bytes`);
    await mapReady(page);
  });

await planJourneys(LANGS);
await demandJourneys(LANGS);

await journey('the page outlives a restart of the daemon', async () => {
  const page = await visit('', { lang: 'en' });
  await page.click('[data-example=cathode]');
  await page.waitForSelector('.card[data-family]');
  await tell('stop');
  await page.locator('.card[data-family]').first().click(); // what is there can be read
  await page.waitForSelector('.bill tfoot');
  await page.click('.back');
  await page.click('.asked button');
  await page.click('.search');
  await page.waitForSelector('.offline');
  await tell('start');
  await page.waitForSelector('.offline', { state: 'detached' });
  await page.click('.search');
  await page.waitForSelector('.asked');
  check((await page.locator('.card[data-family]').count()) > 3, 'answers again');
});

await close();
release();
