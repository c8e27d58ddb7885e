import { Mode, type Leg, type Option } from '@gen/routing_pb';
import { code, lang, named, t } from '../i18n';
import { clock, duration, instant, timeTick } from '../lib/format';
import { linearScale, TIME_STEPS } from '../lib/pareto';
import { modeColor } from '../map/palette';

const W = 372;
const ROW = 30;
const ZONE = 8 * 3600;

/** From when the cargo is ready in the terminal to the cut-off. */
export const slackOf = (leg: Leg): number | undefined => (leg.cutoffAt > 0n && leg.readyAt > 0n ? Number(leg.cutoffAt - leg.readyAt) : undefined);

function slackText(leg: Leg): string {
  const s = slackOf(leg);
  if (s === undefined) return '';
  return s >= 0 ? t('d.slack', { t: duration(s, lang.value) }) : t('d.late', { t: duration(-s, lang.value) });
}

/** One row a leg: its bar, and before it the time from ready to the cut-off and to the departure. */
export function Timeline({ o }: { o: Option }) {
  const first = Number(o.legs[0]?.departAt ?? o.departAt) + ZONE;
  const last = Number(o.arriveAt) + ZONE;
  const x = linearScale([first, last], 4, W - 4, 5, TIME_STEPS);
  const at = (v: bigint): number => x(Number(v) + ZONE);
  const h = o.legs.length * ROW + 24;
  const words = o.legs.map((l) => `${code('mode', Mode[l.mode])} ${instant(l.departAt, lang.value)} – ${instant(l.arriveAt, lang.value)}${l.cutoffAt > 0n ? `, ${t('d.cutoff', { t: instant(l.cutoffAt, lang.value) })}, ${slackText(l)}` : ''}`);
  return (
    <svg class="timeline" viewBox={`0 0 ${W} ${h}`} role="img" aria-label={`${t('d.timeline')}: ${words.join('; ')}`}>
      {x.ticks.map((v) => (
        <g key={v}>
          <line class="rule" x1={x(v)} x2={x(v)} y1={0} y2={h - 18} />
          <text class="tick" x={x(v)} y={h - 5} text-anchor="middle">{timeTick(v)}</text>
        </g>
      ))}
      {o.legs.map((leg, i) => {
        const y = i * ROW + 6;
        const cut = leg.cutoffAt > 0n;
        return (
          <g key={i}>
            {cut && <rect class="slack" x={at(leg.readyAt)} width={Math.max(0, at(leg.cutoffAt) - at(leg.readyAt))} y={y + 6} height="6" />}
            {cut && <rect class="gate" x={at(leg.cutoffAt)} width={Math.max(0, at(leg.departAt) - at(leg.cutoffAt))} y={y + 6} height="6" />}
            <rect class="bar" x={at(leg.departAt)} width={Math.max(3, at(leg.arriveAt) - at(leg.departAt))} y={y} height="18" rx="3" fill={modeColor[leg.mode]} />
            {cut && <line class="cut" x1={at(leg.cutoffAt)} x2={at(leg.cutoffAt)} y1={y - 2} y2={y + 20} />}
          </g>
        );
      })}
    </svg>
  );
}

function LegFacts({ leg }: { leg: Leg }) {
  const l = lang.value;
  const facts: string[] = [];
  if (leg.distanceM > 0n) facts.push(`${Math.round(Number(leg.distanceM) / 1000).toLocaleString('en')} km`);
  facts.push(duration(leg.arriveAt - leg.departAt, l));
  if (leg.trucks > 0) facts.push(leg.trucks === 1 ? t('d.trucks.one', { c: leg.vehicleClass }) : t('d.trucks', { n: leg.trucks, c: leg.vehicleClass }));
  if (leg.boxes > 0 && leg.trucks === 0) facts.push(t('d.box', { n: leg.boxes, t: leg.teu }));
  if (leg.restS > 0n) facts.push(t('d.rest', { t: duration(leg.restS, l) }));
  return <span class="leg-facts">{facts.join(' · ')}</span>;
}

function Chance({ leg }: { leg: Leg }) {
  const c = leg.connection;
  if (!c) return null;
  const zh = lang.value === 'zh';
  const m = c.missed;
  return (
    <span class="leg-chance">
      {zh ? `赶上的概率 ${(c.madePermille / 10).toFixed(1)} %` : `${(c.madePermille / 10).toFixed(1)} % chance to make it`}
      {m && !m.none && (zh ? `；错过则下一班 ${instant(m.departAt, 'zh')}，晚 ${duration(m.laterS, 'zh')}` : `; if missed, next ${instant(m.departAt, 'en')}, ${duration(m.laterS, 'en')} later`)}
    </span>
  );
}

export function Legs({ o }: { o: Option }) {
  const l = lang.value;
  return (
    <ol class="legs">
      {o.legs.map((leg, i) => {
        const slack = slackOf(leg);
        return (
          <li key={i} style={{ '--mode': modeColor[leg.mode] ?? '#333' }}>
            <div class="leg-end">
              <time>{clock(leg.departAt)}</time>
              <b>{named(leg.from)}</b>
              <span class="hint">{instant(leg.departAt, l)}</span>
            </div>
            <div class="leg-body">
              <span class="leg-mode" style={{ background: modeColor[leg.mode] ?? '' }}>{code('mode', Mode[leg.mode])}</span>
              <span class="leg-service">{leg.serviceName}</span>
              <LegFacts leg={leg} />
              {leg.cutoffAt > 0n && (
                <span class="leg-cut">
                  {t('d.cutoff', { t: instant(leg.cutoffAt, l) })}
                  <b class={slack !== undefined && slack < 3600 ? 'tight' : 'fine'}>{slackText(leg)}</b>
                </span>
              )}
              <Chance leg={leg} />
            </div>
            {i === o.legs.length - 1 && (
              <div class="leg-end">
                <time>{clock(leg.arriveAt)}</time>
                <b>{named(leg.to)}</b>
                <span class="hint">{instant(leg.arriveAt, l)}</span>
              </div>
            )}
          </li>
        );
      })}
    </ol>
  );
}
