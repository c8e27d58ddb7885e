import type { CompareReply, ZoneChange } from '@gen/planning_pb';
import { code, lang, named, t } from '../i18n';
import { number, yuanLarge } from '../lib/format';

/** Benefits as bars from a middle line: green to the right, red to the left. */
function Rows({ title, list, first }: { title: string; list: readonly ZoneChange[]; first: (z: ZoneChange) => string }) {
  const l = lang.value;
  const most = Math.max(1e-9, ...list.map((z) => Math.abs(z.benefitYuan)));
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={title}>
      <table class="plain bars">
        <thead>
          <tr><th scope="col">{title}</th><th scope="col" class="num">{t('p.trucks')}</th><th scope="col" class="num">{t('p.hours')}</th><th scope="col" class="num">{t('p.benefit')}</th></tr>
        </thead>
        <tbody>
          {list.map((z, i) => (
            <tr key={i}>
              <th scope="row">{first(z)}</th>
              <td class="num">{number(z.trucks, l, 1)}</td>
              <td class="num">{number(z.timeH, l, 1)}</td>
              <td class={`num bar-cell ${z.benefitYuan < 0 ? 'tight' : 'fine'}`}>
                <span class={z.benefitYuan < 0 ? 'bar-piece bad' : 'bar-piece'} style={{ width: `${(Math.abs(z.benefitYuan) / most) * 100}%` }} />
                {yuanLarge(z.benefitYuan, l)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Zones({ c }: { c: CompareReply | undefined }) {
  if (!c) return null;
  const zone = (z: ZoneChange): string => [named(z) || String(z.nodeId), z.goodsGroup && code('goods', z.goodsGroup)].filter(Boolean).join(' · ');
  return (
    <>
      <Rows title={t('p.winners')} list={c.winners} first={zone} />
      {c.losers.length > 0 ? <Rows title={t('p.losers')} list={c.losers} first={zone} /> : <p class="hint">{t('p.losers.none')}</p>}
      {c.goodsGroups.length > 0 && <Rows title={t('p.goods')} list={c.goodsGroups} first={(z) => code('goods', z.goodsGroup)} />}
    </>
  );
}
