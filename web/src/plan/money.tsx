import type { AppraiseReply } from '@gen/planning_pb';
import { half, lang, t } from '../i18n';
import { number, percent, yuanLarge } from '../lib/format';

const W = 400;
const H = 120;

/** Costs down, benefits up, each year discounted. */
function Years({ r }: { r: AppraiseReply }) {
  const years = r.years;
  if (years.length === 0) return null;
  const most = Math.max(1e-9, ...years.map((y) => Math.max(y.costYuan, y.benefitYuan)));
  const w = W / years.length;
  const mid = H / 2;
  return (
    <figure class="pareto">
      <figcaption>{t('p.years')}</figcaption>
      <svg viewBox={`0 0 ${W} ${H + 16}`} role="img" aria-label={`${t('p.years')}: ${years[0]!.year}–${years.at(-1)!.year}`}>
        <line class="rule" x1="0" x2={W} y1={mid} y2={mid} />
        {years.map((y, i) => (
          <g key={y.year}>
            <rect x={i * w + 1} width={Math.max(1, w - 2)} y={mid - (y.benefitYuan / most) * mid} height={Math.max(0, (y.benefitYuan / most) * mid)} fill="#0a7a4b" />
            <rect x={i * w + 1} width={Math.max(1, w - 2)} y={mid} height={(y.costYuan / most) * mid} fill="#b4321f" />
            {i % 5 === 0 && <text class="tick" x={i * w} y={H + 13}>{y.year}</text>}
          </g>
        ))}
      </svg>
    </figure>
  );
}

export function Money({ r }: { r: AppraiseReply }) {
  const l = lang.value;
  return (
    <>
      <table class="plain">
        <thead>
          <tr><th scope="col">{t('p.case')}</th><th scope="col" class="num">{t('p.npv')}</th><th scope="col" class="num">{t('p.bcr')}</th><th scope="col" class="num">{t('p.irr')}</th></tr>
        </thead>
        <tbody>
          {r.cases.map((c) => (
            <tr key={c.name}>
              <th scope="row">{half(c.name)}</th>
              <td class={c.npvYuan < 0 ? 'num tight' : 'num fine'}>{yuanLarge(c.npvYuan, l)}</td>
              <td class="num">{number(c.bcr, l, 3)}</td>
              <td class="num">{c.irr !== 0 ? percent(c.irr, l) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Years r={r} />
    </>
  );
}
