import { Family, Mode, type Option } from '@gen/routing_pb';
import { code, lang, t } from '../i18n';
import { clock, co2, day, moneyShort } from '../lib/format';
import { familyColor, modeColor } from '../map/palette';
import { choose, pointed, type Asked } from './answer';
import { badgesOf, type Badges } from './badges';
import { Lost } from './lost';
import { ParetoPlot, spanOf } from './pareto';

/** The legs as a strip whose pieces are as long as their time. */
function Strip({ o }: { o: Option }) {
  const all = Math.max(1, Number(o.arriveAt - o.departAt));
  return (
    <div class="strip" aria-hidden="true">
      {o.legs.map((leg, i) => (
        <span key={i} style={{ left: `${(Number(leg.departAt - o.departAt) / all) * 100}%`, width: `${Math.max(1.2, (Number(leg.arriveAt - leg.departAt) / all) * 100)}%`, background: modeColor[leg.mode] ?? '' }} />
      ))}
    </div>
  );
}

/** Best of all stands out; best of its family says so. */
export function BadgeList({ badges }: { badges: Badges | undefined }) {
  if (!badges || badges.best.length + badges.family.length === 0) return null;
  return (
    <span class="card-why">
      {badges.best.map((w) => <em key={w} class="best">{w}</em>)}
      {badges.family.map((w) => <em key={w}>{w}</em>)}
    </span>
  );
}

function Card({ o, i, badges }: { o: Option; i: number; badges: Badges | undefined }) {
  const l = lang.value;
  return (
    <li>
      <button
        type="button" class={pointed.value === i ? 'card on' : 'card'} data-family={Family[o.family]} onClick={() => choose(i)}
        onMouseEnter={() => (pointed.value = i)} onMouseLeave={() => (pointed.value = undefined)} onFocus={() => (pointed.value = i)} onBlur={() => (pointed.value = undefined)}
      >
        <span class="card-head">
          <span class="card-number">{i + 1}</span>
          <span class="family" style={{ background: familyColor[o.family] ?? '' }}>{code('family', Family[o.family])}</span>
          <span class="card-money">{moneyShort(o.totalFen, l)}</span>
        </span>
        <span class="card-times">
          {day(o.departAt, l)} {clock(o.departAt)} → {day(o.arriveAt, l)} {clock(o.arriveAt)}
        </span>
        <Strip o={o} />
        <span class="card-foot">
          <span>{spanOf(o)}</span>
          <span>{co2(o.co2WtwG, l)} CO₂e</span>
          <span>{o.legs.map((leg) => code('mode', Mode[leg.mode])).join(' + ')}</span>
        </span>
        <BadgeList badges={badges} />
      </button>
    </li>
  );
}

export function Options({ asked }: { asked: Asked }) {
  const { options } = asked.reply;
  const badges = badgesOf(options, asked.request.latestPickup);
  return (
    <section aria-labelledby="options-title">
      <h2 id="options-title" tabIndex={-1}>{options.length === 0 ? t('d.none') : options.length === 1 ? t('d.options.one') : t('d.options', { n: options.length })}</h2>
      {options.length === 0 && <p class="hint">{t('d.none.help')}</p>}
      {options.length > 1 && <ParetoPlot options={options} front={asked.front} />}
      <ol class="cards">{options.map((o, i) => <Card key={i} o={o} i={i} badges={badges[i]} />)}</ol>
      <Lost asked={asked} />
    </section>
  );
}
