// A planner's own demand: put, compared with, deleted.
import { Buffer } from 'node:buffer';
import { accessible, allChinese, call, check, fitsWidth, journey, picture, signIn, visit, world } from './harness.mjs';

const FILE = '.put-demand input[type=file]';
const TABLE = 'o,d,volume,goods_group,period\n大冶,EHU,40,steel,AM\n2001,2010,30,parcels,AM\nNowhere-7,2010,9,steel,PM\n';
const table = (text, name) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
const text = async (page, selector) => (await page.locator(selector).first().textContent()) ?? '';

/** Refused with the zone's name; put when it is allowed. */
async function putOne(page, name, lang) {
  await page.setInputFiles(FILE, table(TABLE, 'counts of 2026.csv'));
  check((await page.inputValue('.put-demand input[pattern]')) === 'counts-of-2026', "the file's name is offered");
  await page.fill('.put-demand input[pattern]', name);
  await page.click('.put-demand .primary');
  await page.waitForSelector('.report-lines');
  check((await page.locator('.report-lines code').allTextContents()).join() === 'Nowhere-7', 'the zone that is unknown');
  check((await page.locator(`[data-demand="${name}"]`).count()) === 0, 'nothing was put');
  await page.locator('.report').scrollIntoViewIfNeeded();
  await picture(page, `demand-refused-${lang}`);
  await accessible(page, 'refused');
  if (lang === 'zh') await allChinese(page, '.panel', 'refused');
  await page.check('[data-allow]');
  await page.click('.put-demand .primary');
  await page.waitForSelector(`[data-demand="${name}"]`);
  await page.waitForSelector('.report .booked');
  check((await text(page, `[data-demand="${name}"]`)).includes('70'), 'lorries a day in the list');
}

/** A table of two pieces goes over the version that was seen, not over one that another has put meanwhile; and can be stopped. */
async function putOver(page, name) {
  let pieces = 0;
  page.on('request', (r) => void (r.url().endsWith('/PutDemand') && pieces++));
  await page.setInputFiles(FILE, table(`o,d,volume\n${'2001,2010,1\n'.repeat(20_000)}`, 'long.csv'));
  check((await text(page, '.put-demand .scenario-note')).includes(name), 'that it goes over another is said');
  await call('Planning/PutDemand', { name, content: Buffer.from('o,d,volume\n2001,2010,1\n').toString('base64') }, 'planner');
  await page.click('.put-demand .primary');
  await page.waitForSelector('.problem');
  check(pieces === 0 && /version 2/.test(await text(page, '.problem')), `another version: ${await text(page, '.problem')}`);
  await page.route('**/PutDemand', () => undefined); // never answered
  await page.click('.put-demand .primary');
  await page.waitForSelector('.progress progress');
  await accessible(page, 'sending');
  await page.click('.progress button');
  await page.waitForSelector('.progress', { state: 'detached' });
  await page.unroute('**/PutDemand');
  pieces = 0;
  await page.click('.put-demand .primary');
  await page.waitForSelector('.report .booked button');
  check(pieces === 2 && (await text(page, '.report .booked')).includes('3'), `version 3 in ${pieces} pieces`);
}

async function compareWithIt(page, named) {
  await page.click('.report .booked button');
  await page.waitForSelector('.chosen-demand');
  await page.click('[role=tab]:nth-child(1)');
  await page.click('[data-project=P02]');
  await page.click('.project-more .primary');
  await page.waitForSelector('[data-view=diff]', { timeout: 150_000 });
  const link = new URL(page.url()).hash;
  const { appraise } = await call('Planning/GetJob', { jobId: /job=([^&]+)/.exec(link)[1] }, 'planner');
  check(appraise.compare.demandVersion.startsWith(`${named} `), `compared with ${appraise.compare.demandVersion}`);
  check((await text(page, '.demand-of')).includes(named.split('@')[0]) && decodeURIComponent(link).includes(`demand=${named}`), 'named with the results and in the link');
  await accessible(page, 'compared');
}

async function deleteIt(page, name) {
  await page.click('.back');
  await page.click('[role=tab]:last-child');
  await page.click(`[data-demand="${name}"]`);
  await page.waitForSelector('.project-more .danger');
  await accessible(page, 'one of the list');
  page.once('dialog', (d) => void d.dismiss());
  await page.click('.project-more .danger');
  check((await page.locator(`[data-demand="${name}"]`).count()) === 1, 'not without the answer');
  page.once('dialog', (d) => void d.accept());
  await page.click('.project-more .danger');
  await page.waitForSelector(`[data-demand="${name}"]`, { state: 'detached' });
  check((await page.locator('.chosen-demand').count()) === 0 && !page.url().includes('demand='), 'what is gone is not chosen');
}

export async function demandJourneys(langs) {
  for (const lang of langs)
    await journey(`a demand is put, compared with and deleted (${lang})`, async () => {
      const name = `e2e-${lang}`;
      const page = await visit('#/plan?tab=demand', { lang, ...(lang === 'zh' ? {} : { width: 390, height: 844 }) });
      await page.waitForSelector('.need button');
      check((await page.locator('.put-demand').count()) === 0, 'visitors put nothing');
      await picture(page, `demand-visitor-${lang}`);
      await accessible(page, 'demands of nobody');
      await signIn(page, 'planner');
      await page.waitForSelector('.put-demand');
      await putOne(page, name, lang);
      if (lang === 'en') await putOver(page, name);
      await fitsWidth(page, 'demands');
      await page.click(`[data-demand="${name}"]`);
      await page.locator('h1').scrollIntoViewIfNeeded();
      await picture(page, `demand-${lang}`);
      await accessible(page, 'put');
      await compareWithIt(page, lang === 'en' ? `${name}@3` : `${name}@1`);
      await picture(page, `demand-compared-${lang}`);
      if (lang === 'zh') await allChinese(page, '.panel', 'compared');
      await deleteIt(page, name);
      if (lang === 'en') return;
      await page.goto(`${world.url}/#/plan/compare?after=project-P02&demand=${name}@1`);
      await page.waitForSelector('.problem');
      check((await text(page, '.problem')).includes('没有这个名称和版本的货运需求'), `a link to what is gone: ${await text(page, '.problem')}`);
      await page.click('.who');
      await signIn(page, 'shipper');
      await page.goto(`${world.url}/#/plan?tab=demand`);
      await page.waitForSelector('.need button');
      check((await text(page, '.need')).includes('规划员令牌') && (await page.locator('.problem, .put-demand').count()) === 0, 'a shipper learns whose token it takes');
    });
}
