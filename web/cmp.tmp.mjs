import { chromium } from 'playwright-core'; import {readFileSync} from 'node:fs';
const U='http://127.0.0.1:7598', tok=JSON.parse(readFileSync('/tmp/wl/atokens.json'));
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless','--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--use-angle=swiftshader','--enable-unsafe-swiftshader'] });
const idle=(p)=>p.waitForFunction(()=>document.querySelector('.map-pane')?.dataset.idle==='yes',undefined,{timeout:60000});
const lang=process.argv[2]??'zh';
const c = await b.newContext({ viewport: { width: 1200, height: 900 }, locale: lang==='zh'?'zh-CN':'en-US', reducedMotion:'reduce' });
const p = await c.newPage(); p.setDefaultTimeout(60000);
p.on('pageerror',e=>console.log(e.message, e.stack)); p.on('console',m=>{if(m.type()==='error')console.log(m.text().slice(0,300))});
await p.goto(U+'/#/plan?p=P02'); await p.waitForSelector('.project-more .primary'); await p.waitForSelector('.map canvas');
await p.click('.top-end button:nth-of-type(2)'); await p.fill('dialog input', tok.planner); await p.click('dialog button.primary'); await p.waitForSelector('.who');
await p.waitForTimeout(1500); const t0=Date.now(); await p.click('.project-more .primary'); await p.waitForTimeout(700); await p.screenshot({path:'/tmp/wl/c-run.png'});
await p.waitForSelector('[data-view=diff], .problem',{timeout:90000}); console.log('compare', Date.now()-t0,'ms'); console.log(await p.locator('.problem').allTextContents());
await p.waitForTimeout(1000); await idle(p); await p.screenshot({path:`/tmp/wl/c-sum-${lang}.png`});
const tabs=p.locator('.tabs [role=tab]');
for (const [i,n] of [[1,'zones'],[2,'access'],[3,'money']]) { await tabs.nth(i).click(); await p.waitForTimeout(2500); await idle(p); await p.screenshot({path:`/tmp/wl/c-${n}-${lang}.png`}); }
await p.click('[data-view=swipe]'); await p.waitForTimeout(3000); await p.screenshot({path:`/tmp/wl/c-swipe-${lang}.png`});
await b.close();
