import type { Option } from '@gen/routing_pb';
import { code, lang, t } from '../i18n';
import { co2, duration, instant, moneyShort, moneyTick, timeTick } from '../lib/format';
import { linearScale, spread, TIME_STEPS } from '../lib/pareto';
import { co2Color } from '../map/palette';
import { Family } from '@gen/routing_pb';
import { choose, pointed } from './answer';

const W = 372;
const H = 206;
const APART = 15; // pixels between the middles of two dots: each can be seen and pressed
const MOVED = 2; // a dot that stands further off has a line to its true place
const BOX = { left: 52, right: W - 14, top: 14, bottom: H - 34 };

export function ParetoPlot({ options, front }: { options: readonly Option[]; front: readonly boolean[] }) {
  const ZONE = 8 * 3600;
  const times = options.map((o) => Number(o.arriveAt) + ZONE);
  const money = options.map((o) => Number(o.totalFen));
  const grams = options.map((o) => Number(o.co2WtwG));
  const x = linearScale(times, BOX.left, BOX.right, 5, TIME_STEPS);
  const y = linearScale(money, BOX.bottom, BOX.top, 4);
  const [low, high] = [Math.min(...grams), Math.max(...grams)];
  const part = (g: number): number => (high > low ? (g - low) / (high - low) : 0);
  const order = options.map((_, i) => i).filter((i) => front[i]).sort((a, b) => times[a]! - times[b]!);
  // The step line of what money buys which arrival.
  let best = Infinity;
  const stairs = order.filter((i) => {
    const better = money[i]! < best;
    if (better) best = money[i]!;
    return better;
  });
  const path = stairs.map((i, k) => (k === 0 ? `M${x(times[i]!)},${y(money[i]!)}` : `H${x(times[i]!)}V${y(money[i]!)}`)).join('');
  const dots = spread(options.map((_, i) => [x(times[i]!), y(money[i]!)] as const), APART, BOX);
  return (
    <figure class="pareto">
      <figcaption>
        {t('d.pareto')} <span class="hint">{t('d.pareto.help')}</span>
      </figcaption>
      <svg viewBox={`0 0 ${W} ${H}`} role="group" aria-label={t('d.pareto.alt')}>
        {y.ticks.map((v) => (
          <g key={v}>
            <line class="rule" x1={BOX.left} x2={BOX.right} y1={y(v)} y2={y(v)} />
            <text class="tick" x={BOX.left - 6} y={y(v) + 4} text-anchor="end">{moneyTick(v, y.step, lang.value)}</text>
          </g>
        ))}
        {x.ticks.map((v) => (
          <g key={v}>
            <line class="rule" x1={x(v)} x2={x(v)} y1={BOX.top} y2={BOX.bottom} />
            <text class="tick" x={x(v)} y={BOX.bottom + 15} text-anchor="middle">{timeTick(v)}</text>
          </g>
        ))}
        <text class="axis" x={BOX.right} y={H - 4} text-anchor="end">{t('d.arrive')} →</text>
        <text class="axis" x={4} y={10}>¥ ↑</text>
        <path class="front" d={path} />
        {options.map((o, i) => {
          const label = `${i + 1} ${code('family', Family[o.family])}, ${moneyShort(o.totalFen, lang.value)}, ${t('d.arrive')} ${instant(o.arriveAt, lang.value)}, ${co2(o.co2WtwG, lang.value)} CO₂e`;
          const [px, py] = dots[i]!;
          const [ox, oy] = [x(times[i]!) - px, y(money[i]!) - py]; // from the dot to its true place
          return (
            <g
              key={i} class={pointed.value === i ? 'dot on' : 'dot'} role="button" tabIndex={0} aria-label={label} transform={`translate(${px},${py})`}
              onClick={() => choose(i)} onKeyDown={(e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); choose(i); } }}
              onMouseEnter={() => (pointed.value = i)} onMouseLeave={() => (pointed.value = undefined)} onFocus={() => (pointed.value = i)} onBlur={() => (pointed.value = undefined)}
            >
              <title>{label}</title>
              {Math.hypot(ox, oy) > MOVED && <><line class="lead" x1="0" y1="0" x2={ox} y2={oy} /><circle class="true" cx={ox} cy={oy} r="2" /></>}
              <circle r="8" fill={co2Color(part(grams[i]!))} />
              <text text-anchor="middle" y="3.2" class={i >= 9 ? 'two' : ''}>{i + 1}</text>
            </g>
          );
        })}
      </svg>
      <div class="co2-scale">
        <span>{co2(low, lang.value)}</span>
        <svg viewBox="0 0 60 6" aria-hidden="true">{[0, 1, 2, 3, 4, 5].map((i) => <rect key={i} x={i * 10} width="10" height="6" fill={co2Color(i / 5)} />)}</svg>
        <span>{co2(high, lang.value)} CO₂e</span>
      </div>
    </figure>
  );
}

export const spanOf = (o: Option): string => duration(o.arriveAt - o.departAt, lang.value);
