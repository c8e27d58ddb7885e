import { chromium } from 'playwright-core';
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless','--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--disable-background-networking','--use-angle=swiftshader','--enable-unsafe-swiftshader'] });
for (let i=0;i<4;i++){ const c=await b.newContext({viewport:{width:1280,height:800},locale:'zh-CN'}); const p=await c.newPage(); let bytes=0; const cdp=await c.newCDPSession(p); await cdp.send('Network.enable'); cdp.on('Network.loadingFinished',e=>bytes+=e.encodedDataLength);
 await p.goto(process.argv[2],{waitUntil:'load'}); await p.waitForSelector('[data-example]');
 const r=await p.evaluate(()=>{const n=performance.getEntriesByType('navigation')[0];const f=performance.getEntriesByName('first-contentful-paint')[0];return {load:Math.round(n.loadEventEnd),fcp:Math.round(f?.startTime??-1)}});
 await p.waitForFunction(()=>document.querySelector('.map-pane')?.dataset.idle==='yes',undefined,{timeout:40000}); r.map=await p.evaluate(()=>Math.round(performance.now())); r.kB=Math.round(bytes/1024); console.log(JSON.stringify(r)); await c.close(); }
await b.close();
