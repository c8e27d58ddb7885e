// The planner's journeys.
import { accessible, check, has, journey, mapIn, mapReady, picture, signIn, visit } from './harness.mjs';

const text = async (page, selector) => (await page.locator(selector).first().textContent()) ?? '';

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
      await journey(`the effect of Huahu airport expressway II in five actions (${lang})`, async () => {
        const page = await visit('#/plan', { lang, map: mapIn(lang) });
        await signIn(page, 'planner'); // 1, 2
        await page.click('[data-project=P02]'); // 3
        await page.click('.project-more .primary'); // 4
        await page.waitForSelector('[data-view=diff]', { timeout: 90_000 });
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
        }
        if (lang === 'zh') {
          await page.click('[data-view=swipe]');
          await page.waitForSelector('.swipe canvas');
          await page.locator('.swipe input').fill('30');
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
