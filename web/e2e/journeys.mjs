// The page's journeys in a browser, against a true daemon. Started by tests/e2e/test_page.py.
import { randomBytes } from 'node:crypto';
import { accessible, call, check, close, fitsWidth, journey, mapIn, open, picture, release, signIn, tell, visit } from './harness.mjs';
import { planJourneys } from './plan.mjs';

const text = async (page, selector) => (await page.locator(selector).first().textContent()) ?? '';
const LANGS = ['zh', 'en'];
const WORDS = { zh: { railWater: '铁水', search: '查找方案', total: '合计', latest: '最晚提货' }, en: { railWater: 'Rail-water', search: 'Find options', total: 'Total', latest: 'Latest pickup' } };

await open();

for (const lang of LANGS) {
  await journey(`a priced rail-water route Daye - Shanghai in two actions (${lang})`, async () => {
    const page = await visit('', { lang, map: mapIn(lang) });
    check((await page.getAttribute('html', 'lang')).startsWith(lang), 'the language of the browser');
    await page.click('[data-example=cathode]'); // 1
    await page.waitForSelector('.card[data-family]');
    await picture(page, `dispatch-${lang}`);
    await accessible(page, 'options');
    await page.locator('.card[data-family=RAIL_WATER]').first().click(); // 2
    await page.waitForSelector('.bill tfoot');
    check((await text(page, '.detail h2')).includes(WORDS[lang].railWater), 'the family in words');
    check(/¥[\d,]+\.\d\d/.test(await text(page, '.bill tfoot .num')), 'a total');
    check((await text(page, '.bill tfoot')).includes('✓'), 'the lines add up');
    check((await page.locator('.bill tbody tr').count()) > 6 && (await page.locator('.bill .est').count()) > 0, 'line by line, estimates marked');
    check((await text(page, '.facts')).includes(WORDS[lang].latest), 'the latest pickup');
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
});

await journey('presets, refusals and empty answers help', async () => {
  const page = await visit('#/dispatch?from=大冶&to=Atlantis', { lang: 'en' });
  await page.waitForSelector('.problem');
  check(/Atlantis/.test(await text(page, '.problem')), 'the error names the place');
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
  });
}

await planJourneys(LANGS);

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
