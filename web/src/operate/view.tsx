import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { GetStatusReply } from '@gen/operations_pb';
import { explainError, operations } from '../api/client';
import { lang, t } from '../i18n';
import { bytes, duration, number } from '../lib/format';
import { parseMetrics, type Sample } from '../lib/prometheus';
import { Fact, Problem } from '../ui/bits';
import { Jobs } from './jobs';
import { Methods } from './methods';
import { Spark } from './spark';

const EVERY_MS = 2000;
const KEPT = 90;

const status = signal<GetStatusReply | undefined>(undefined);
const samples = signal<readonly Sample[]>([]);
const problem = signal('');
/** What was seen since the view was opened: requests a second, refusals a second. */
const rates = signal<readonly { at: number; requests: number; refused: number }[]>([]);
let last: { at: number; requests: number; refused: number } | undefined;

async function look(): Promise<void> {
  try {
    const [s, m] = await Promise.all([
      operations.getStatus({}),
      fetch('/metrics', { cache: 'no-store' }).then((r) => (r.ok ? r.text() : ''), () => ''),
    ]);
    status.value = s;
    samples.value = parseMetrics(m);
    problem.value = '';
    const now = { at: performance.now(), requests: Number(s.requests), refused: Number(s.refused) };
    const before = last;
    if (before && now.requests >= before.requests) {
      const dt = (now.at - before.at) / 1000;
      rates.value = [...rates.peek().slice(-KEPT + 1), { at: now.at, requests: (now.requests - before.requests) / dt, refused: (now.refused - before.refused) / dt }];
    }
    last = now;
  } catch (e) {
    problem.value = explainError(e);
  }
}

function Versions({ s }: { s: GetStatusReply }) {
  const l = lang.value;
  return (
    <>
      <h2>{t('o.versions')}</h2>
      <dl class="facts">
        <Fact label={t('o.server')}>{s.serverVersion}</Fact>
        <Fact label={t('o.uptime')}>{duration(Math.floor(Date.now() / 1000) - Number(s.startedAt), l)}</Fact>
        <Fact label={t('o.network')}><span class="hash" title={s.networkVersion}>{s.networkVersion.slice(0, 12)}</span><small>{s.networkName}</small></Fact>
        <Fact label={t('o.size')}><small>{t('o.size.text', { n: number(s.nodes, l), a: number(s.arcs, l), t: number(s.terminals, l), s: number(s.services, l) })}</small></Fact>
        <Fact label={t('o.tariff')}><span class="hash">{s.tariffVersion}</span></Fact>
        <Fact label={t('o.timetable')}><span class="hash">{s.timetableVersion}</span></Fact>
        <Fact label={t('o.database')}><span class={s.databaseUp ? 'fine' : 'tight'}>{s.databaseUp ? t('o.up') : t('o.down')}</span></Fact>
        <Fact label={t('o.schema')}>{s.schemaVersion}</Fact>
      </dl>
    </>
  );
}

function Load({ s }: { s: GetStatusReply }) {
  const l = lang.value;
  const now = rates.value.at(-1);
  const w = s.workers;
  const m = s.metrics;
  return (
    <>
      <h2>{t('o.load')}</h2>
      <div class="tiles">
        <div class="tile"><span>{t('o.rate')}</span><b>{now ? number(now.requests, l, 1) : '–'}</b><Spark values={rates.value.map((r) => r.requests)} /></div>
        <div class="tile"><span>{t('o.connections')}</span><b>{number(s.connections, l)}</b></div>
        <div class="tile"><span>{t('o.requests')}</span><b>{number(Number(s.requests), l)}</b></div>
        <div class={s.refused > 0n ? 'tile warn' : 'tile'}><span>{t('o.refused')}</span><b>{number(Number(s.refused), l)}</b></div>
      </div>
      <dl class="facts">
        {w && <Fact label={t('o.workers')}><small>{t('o.workers.text', { r: w.running, t: w.threads, w: w.waiting, o: w.open, m: w.openMax })}</small></Fact>}
        {m && <Fact label={t('o.memory')}><small>{t('o.memory.text', { n: m.entries, b: bytes(m.bytes, l), m: bytes(m.bytesMax, l), h: number(Number(m.hits), l) })}</small></Fact>}
      </dl>
    </>
  );
}

export function OperateView() {
  useEffect(() => {
    void look();
    const timer = setInterval(() => void look(), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <h1>{t('o.title')}</h1>
      <Problem text={problem.value} />
      {!status.value && problem.value === '' && <p class="hint">{t('loading')}</p>}
      {status.value && <><Load s={status.value} /><Methods samples={samples.value} /><Jobs /><Versions s={status.value} /></>}
      {status.value && <><h2>{t('o.attribution')}</h2><p class="hint" lang="en">{status.value.attribution}</p></>}
    </>
  );
}
