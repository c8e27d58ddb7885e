import { DemandFormat, type Demand, type DemandTable, type PutDemandReply } from '@gen/planning_pb';
import { code, lang, t } from '../i18n';
import { number } from '../lib/format';
import { note } from '../state/url';
import { Told } from '../ui/bits';
import { amount, isGoods, lorriesText, tonnesText, volumeText } from './demands';
import { outcome } from './putting';

/** "demand:17: ..." and "line 17: ..." of the daemon. */
function Line({ text }: { text: string }) {
  const [, line, what] = /^(?:demand:|line )(\d+): (.*)$/s.exec(text) ?? [];
  return line ? <>{t('p.d.line', { n: line })}<Told text={what!} /></> : <Told text={text} />;
}

/** What is in a demand, in one line. */
export function contents(d: Demand): string[] {
  const n = number(Number(d.pairs), lang.value);
  return [
    ...(d.lorries > 0 ? [lorriesText(d)] : []),
    tonnesText(d),
    t(isGoods(d) ? 'p.d.goods' : 'p.d.pairs', { n }),
    ...(d.repeated > 0n ? [t('p.d.repeated', { n: number(Number(d.repeated), lang.value) })] : []),
    ...(!isGoods(d) && d.vehicleClass > 0 ? [t('p.d.loads', { c: d.vehicleClass })] : []),
  ];
}

/** By goods group and period, when the table has any. */
export function Tables({ d }: { d: Demand }) {
  const l = lang.value;
  const named = d.tables.some((x) => x.goodsGroup !== '' || x.period !== '');
  if (!named) return null;
  const row = (x: DemandTable) => (
    <tr key={`${x.goodsGroup}|${x.period}`}>
      <th scope="row">{(x.goodsGroup && code('goods', x.goodsGroup)) || '–'}</th>
      <td>{x.period || '–'}</td>
      <td class="num">{number(x.pairs, l)}</td>
      <td class="num">{amount(x.volume)}</td>
      <td class="num">{amount(x.inside)}</td>
    </tr>
  );
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={t('p.d.group')}>
      <table class="plain">
        <thead>
          <tr><th scope="col">{t('p.d.group')}</th><th scope="col">{t('p.d.period')}</th><th scope="col" class="num">{t('p.d.pairs.head')}</th><th scope="col" class="num">{t('p.d.volume')}</th><th scope="col" class="num">{t('p.d.inside')}</th></tr>
        </thead>
        <tbody>{d.tables.map(row)}</tbody>
      </table>
    </div>
  );
}

function Refused({ r }: { r: PutDemandReply }) {
  const more = Number(r.refusedCount) - r.refused.length;
  return (
    <div class="problem report-lines">
      <p>{t('p.d.refused', { n: number(Number(r.refusedCount), lang.value) })}</p>
      <ul>
        {r.refused.map((x, i) => <li key={i}><Line text={x} /></li>)}
        {more > 0 && <li>{t('p.d.more', { n: more })}</li>}
      </ul>
    </div>
  );
}

/** Zones by their names, or consignments by their lines. */
function Unknown({ d }: { d: Demand }) {
  const fill = { n: number(Number(d.unknown), lang.value), v: volumeText(d, d.unknownVolume) };
  const zones = (
    <ul class={isGoods(d) ? '' : 'zones'}>{d.unknownZones.map((z, i) => <li key={i}>{isGoods(d) ? <Line text={z} /> : <code>{z}</code>}</li>)}</ul>
  );
  if (d.allowUnknown)
    return (
      <details class="raw">
        <summary>{t('p.d.leftout', fill)}</summary>
        {zones}
      </details>
    );
  return (
    <div class="problem report-lines">
      <p>{t('p.d.unknown', fill)}</p>
      {zones}
      <p>{t('p.d.unknown.help')}</p>
    </div>
  );
}

/** Zones that were left out when it was put, for a demand of the list. */
export const LeftOut = ({ d }: { d: Demand }) => (d.unknown > 0n ? <Unknown d={d} /> : null);

function Verdict({ r }: { r: PutDemandReply }) {
  const d = r.demand!;
  if (r.refusedCount > 0n || (d.unknown > 0n && !d.allowUnknown)) return null; // said above, with what is wrong
  if (d.version === 0) return <p class="booked">{t('p.d.fit')}</p>;
  return (
    <div class="booked">
      <b>{t('p.d.done', { name: d.name, v: d.version })}</b>
      <button type="button" onClick={() => note({ demand: `${d.name}@${d.version}` })}>{t('p.d.use')}</button>
    </div>
  );
}

/** What the daemon found in the table: all that is wrong at once, then what is in it. */
export function DemandReport() {
  const { reply, converted } = outcome.value ?? {};
  const d = reply?.demand;
  if (!reply || !d) return null;
  return (
    <div class="report" role="status">
      {reply.refusedCount > 0n && <Refused r={reply} />}
      <Verdict r={reply} />
      {d.unknown > 0n && <Unknown d={d} />}
      <ul class="notes-list">
        <li>{[code('demandformat', DemandFormat[d.format]), ...contents(d)].join(' · ')}</li>
        {converted && <li>{t('p.d.converted')}</li>}
        {reply.warnings.map((w) => <li key={w}><Told text={w} /></li>)}
      </ul>
      <Tables d={d} />
    </div>
  );
}
