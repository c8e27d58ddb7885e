import { Family } from '@gen/routing_pb';
import type { AppraiseReply, CompareReply, FamilyShare, Skim } from '@gen/planning_pb';
import { code, half, lang, t } from '../i18n';
import { number, yuanLarge } from '../lib/format';
import { familyColor } from '../map/palette';

const signed = (v: number, text: string): string => (v > 0 ? `+${text}` : text);

function Change({ label, before, after, unit, good }: { label: string; before: number; after: number; unit: string; good: 'less' | 'more' | 'none' }) {
  const d = after - before;
  const small = Math.abs(d) < Math.max(1e-6, Math.abs(before) * 5e-7);
  const kind = small || good === 'none' ? '' : (d < 0) === (good === 'less') ? 'fine' : 'tight';
  const l = lang.value;
  return (
    <tr>
      <th scope="row">{label}</th>
      <td class="num">{number(before, l)}</td>
      <td class="num">{number(after, l)}</td>
      <td class={`num ${kind}`}>{signed(d, number(d, l, Math.abs(d) < 10 ? 2 : 0))}</td>
      <td class="hint">{unit}</td>
    </tr>
  );
}

function Skims({ before, after }: { before: Skim; after: Skim }) {
  const day = t('p.perday');
  return (
    <table class="plain">
      <thead>
        <tr><th /><th scope="col" class="num">{t('p.before')}</th><th scope="col" class="num">{t('p.after')}</th><th scope="col" class="num">Δ</th><th /></tr>
      </thead>
      <tbody>
        <Change label={t('p.time')} before={before.timeH} after={after.timeH} unit={`h${day}`} good="less" />
        <Change label={t('p.distance')} before={before.distanceKm} after={after.distanceKm} unit={`km${day}`} good="less" />
        <Change label={t('p.tolls')} before={before.tollYuan} after={after.tollYuan} unit={`¥${day}`} good="none" />
        <Change label="CO₂e" before={before.co2T} after={after.co2T} unit={`t${day}`} good="less" />
      </tbody>
    </table>
  );
}

function Shift({ before, after }: { before: readonly FamilyShare[]; after: readonly FamilyShare[] }) {
  const l = lang.value;
  const all = Math.max(1e-9, before.reduce((s, f) => s + f.tonnes, 0));
  return (
    <table class="plain">
      <thead>
        <tr><th scope="col">{t('p.shift')}</th><th scope="col" class="num">{t('p.before')} t</th><th scope="col" class="num">{t('p.after')} t</th><th scope="col" class="num">%</th></tr>
      </thead>
      <tbody>
        {before.map((f) => {
          const a = after.find((x) => x.family === f.family)?.tonnes ?? 0;
          return (
            <tr key={f.family}>
              <th scope="row"><span class="family" style={{ background: familyColor[f.family] ?? '' }}>{code('family', Family[f.family])}</span></th>
              <td class="num">{number(f.tonnes, l)}</td>
              <td class="num">{number(a, l)}</td>
              <td class="num">{`${number((f.tonnes / all) * 100, l, 1)} → ${number((a / all) * 100, l, 1)}`}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Identity({ c }: { c: CompareReply }) {
  const i = c.identity;
  if (!i) return null;
  return (
    <p class={i.applies && !i.holds ? 'problem' : 'hint'}>
      {t('p.identity')}: {i.applies ? (i.holds ? t('p.identity.ok') : t('p.identity.bad')) : t('p.identity.no')}
      {i.text && <span> ({half(i.text)})</span>}
    </p>
  );
}

export function Summary({ r }: { r: AppraiseReply }) {
  const c = r.compare;
  const l = lang.value;
  const central = r.cases[0];
  if (!c) return null;
  return (
    <>
      <div class="tiles">
        <div class="tile"><span>{t('p.benefit')}</span><b class={c.benefitYuan < 0 ? 'tight' : ''}>{yuanLarge(c.benefitYuan, l)}<small>{t('p.perday')}</small></b></div>
        {central && <div class="tile"><span>{t('p.bcr')}</span><b class={central.bcr < 1 ? 'tight' : 'fine'}>{number(central.bcr, l, 3)}</b></div>}
        {central && <div class="tile"><span>{t('p.npv')}</span><b class={central.npvYuan < 0 ? 'tight' : 'fine'}>{yuanLarge(central.npvYuan, l)}</b></div>}
        <div class="tile"><span>CO₂e</span><b class={r.co2ChangeT > 0 ? 'tight' : 'fine'}>{signed(r.co2ChangeT, number(r.co2ChangeT, l, 2))} t<small>{t('p.perday')}</small></b></div>
      </div>
      {c.before && c.after && <Skims before={c.before} after={c.after} />}
      {c.familiesBefore.length > 0 && <Shift before={c.familiesBefore} after={c.familiesAfter} />}
      <Identity c={c} />
    </>
  );
}
