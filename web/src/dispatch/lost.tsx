import { Family, type LimitGap, type NotOffered } from '@gen/routing_pb';
import { code, lang, t } from '../i18n';
import { co2, distance, duration, moneyShort, number } from '../lib/format';
import { familyColor } from '../map/palette';
import type { Asked } from './answer';

/** A limit as people read it: kilograms as tonnes, instants as they come. */
function limitText(n: NotOffered): string {
  if (n.limit === '' || n.limitUnit === 's') return '';
  const l = lang.value;
  const one = (v: bigint): string => (n.limitUnit === 'kg' ? `${number(Number(v) / 1000, l, 2)} t` : n.limitUnit === 'm' ? distance(v, l) : n.limitUnit === '1/1000 TEU' ? `${number(Number(v) / 1000, l, 1)} TEU` : n.limitUnit === 'cm' ? `${number(Number(v) / 100, l, 2)} m` : `${number(Number(v), l)} ${n.limitUnit}`);
  return l === 'zh' ? `${n.limitOf || code('limitname', n.limit)}：限 ${one(n.limitValue)}，要 ${one(n.askedValue)}` : `${n.limitOf || code('limitname', n.limit)}: ${one(n.limitValue)} at most, ${one(n.askedValue)} asked`;
}

/** By how much it falls behind, and what would make it win. */
function margins(n: NotOffered): string[] {
  const l = lang.value;
  const zh = l === 'zh';
  const out: string[] = [];
  if (n.laterS > 0n) out.push(zh ? `最快也晚 ${duration(n.laterS, l)}` : `${duration(n.laterS, l)} later at best`);
  if (n.dearerFen > 0n) out.push(zh ? `最省也贵 ${moneyShort(n.dearerFen, l)}` : `${moneyShort(n.dearerFen, l)} dearer at best`);
  if (n.dirtierG > 0n) out.push(zh ? `至少多排 ${co2(n.dirtierG, l)}` : `${co2(n.dirtierG, l)} more CO₂e at best`);
  if (n.winTotalFen > 0n) out.push(zh ? `降到 ${moneyShort(n.winTotalFen, l)}（少 ${moneyShort(n.winCheaperFen, l)}）才占优` : `would win at ${moneyShort(n.winTotalFen, l)} (${moneyShort(n.winCheaperFen, l)} less)`);
  if (n.winSoonerS > 0n) out.push(zh ? `早 ${duration(n.winSoonerS, l)} 才占优` : `would win ${duration(n.winSoonerS, l)} sooner`);
  if (n.wouldTotalFen > 0n) out.push(zh ? `若无此障碍约 ${moneyShort(n.wouldTotalFen, l)}` : `without that about ${moneyShort(n.wouldTotalFen, l)}`);
  return out;
}

function Row({ n }: { n: NotOffered }) {
  const limit = limitText(n);
  return (
    <li>
      <span class="family" style={{ background: familyColor[n.family] ?? '' }}>{code('family', Family[n.family])}</span>
      <div>
        <b>{code('reason', n.reason)}</b>
        {limit && <p>{limit}</p>}
        {margins(n).map((m) => <p key={m}>{m}</p>)}
        <p class="hint" lang="en">{n.text}</p>
      </div>
    </li>
  );
}

function gapText(g: LimitGap): string {
  return t('d.gap', { n: g.roads, km: distance(g.metres, lang.value), what: code('limit', g.limit) });
}

export function Lost({ asked }: { asked: Asked }) {
  const { familiesNotOffered, warnings, limitGaps } = asked.reply;
  const other = warnings.filter((w) => !w.startsWith('no data on limits'));
  return (
    <>
      {familiesNotOffered.length > 0 && (
        <section class="lost" aria-labelledby="lost-title">
          <h3 id="lost-title">{t('d.lost')}</h3>
          <ul>{familiesNotOffered.map((n, i) => <Row key={i} n={n} />)}</ul>
        </section>
      )}
      {(other.length > 0 || limitGaps.length > 0) && (
        <section class="notes">
          <h3>{t('d.warnings')}</h3>
          <ul>
            {limitGaps.map((g) => <li key={g.limit}>{gapText(g)}</li>)}
            {other.map((w) => <li key={w}>{code('warning', w)}</li>)}
          </ul>
        </section>
      )}
    </>
  );
}
