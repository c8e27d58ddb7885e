import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { code, lang, t } from '../i18n';
import { Field } from '../ui/bits';
import { SwapIcon } from '../ui/icons';
import { PlaceField } from '../ui/placefield';
import { RoadPicker } from '../ui/roads';
import { ask, asked, asking, isStale } from './answer';
import { presets, question, withCargo, type Preset, type Question } from './question';

const FAMILIES = ['ROAD', 'RAIL_ROAD', 'AIR_ROAD', 'RAIL_WATER', 'ROAD_WATER'] as const;
const BOXES = ['22G1', '42G1', '45G1', 'L5G1', '22R1', '45R1', '22U1', '42U1', '25G1'] as const;
const BOX_NAMES: Record<(typeof BOXES)[number], [string, string]> = {
  '22G1': ['20 尺', '20′'], '42G1': ['40 尺', '40′'], '45G1': ['40 尺高柜', '40′ high cube'], L5G1: ['45 尺高柜', '45′ high cube'], '22R1': ['20 尺冷柜', '20′ reefer'],
  '45R1': ['40 尺冷柜', '40′ reefer'], '22U1': ['20 尺开顶', '20′ open top'], '42U1': ['40 尺开顶', '40′ open top'], '25G1': ['20 尺高柜', '20′ high cube'],
};

const set = (k: keyof Question, v: string): void => void (question.value = { ...question.peek(), [k]: v });

function Text({ k, label, type = 'text', ...more }: { k: keyof Question; label: string } & JSX.IntrinsicElements['input']) {
  return (
    <Field label={label}>
      <input {...more} type={type} value={question.value[k]} onInput={(e) => set(k, e.currentTarget.value)} />
    </Field>
  );
}

function Number_({ k, label, ...more }: { k: keyof Question; label: string } & JSX.IntrinsicElements['input']) {
  return <Text k={k} label={label} type="number" step="any" inputMode="decimal" {...more} />;
}

/** Two clicks from nothing to an answer: an example fills the form and asks. */
function Examples() {
  const z = lang.value === 'zh' ? 0 : 1;
  const take = (p: Preset): void => {
    question.value = { ...withCargo(question.peek(), p.cargo), from: p.trip.from[z], to: p.trip.to[z] };
    void ask();
  };
  return (
    <section class="examples" aria-label={t('d.example')}>
      <p class="hint">{t('d.empty')}</p>
      <h2>{t('d.example')}</h2>
      <ul>
        {presets.map((p) => (
          <li key={p.id}>
            <button type="button" class="example" data-example={p.id} onClick={() => take(p)}>
              <span class="example-trip">{p.trip.from[z]} → {p.trip.to[z]}</span>
              <span class="example-cargo">{lang.value === 'zh' ? p.zh : p.en}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Families() {
  const on = question.value.fam === '' ? new Set<string>(FAMILIES) : new Set(question.value.fam.split(','));
  const flip = (f: string): void => {
    if (on.has(f)) on.delete(f);
    else on.add(f);
    set('fam', on.size === FAMILIES.length || on.size === 0 ? '' : FAMILIES.filter((x) => on.has(x)).join(','));
  };
  return (
    <fieldset class="wide chips">
      <legend>{t('d.families')}</legend>
      {FAMILIES.map((f) => (
        <label key={f} class={on.has(f) ? 'chip on' : 'chip'}>
          <input type="checkbox" checked={on.has(f)} onChange={() => flip(f)} />
          {code('family', f)}
        </label>
      ))}
    </fieldset>
  );
}

function Conditions() {
  const q = question.value;
  return (
    <div class="grid">
      <Number_ k="m3" label={t('d.volume')} min="0" />
      <Field label={t('d.boxes')}>
        <select value={q.box} onChange={(e) => set('box', e.currentTarget.value)}>
          <option value="">{t('d.boxes.none')}</option>
          {BOXES.map((b) => <option key={b} value={b}>{`${BOX_NAMES[b][lang.value === 'zh' ? 0 : 1]} · ${b}`}</option>)}
        </select>
      </Field>
      <Number_ k="n" label={t('d.count')} min="0" step="1" placeholder={t('d.count.auto')} disabled={q.box === ''} />
      <div class="field pair">
        <span id="temp-label">{t('d.temp')}</span>
        <div role="group" aria-labelledby="temp-label">
          <input type="number" aria-label={t('d.temp.min')} value={q.tmin} onInput={(e) => set('tmin', e.currentTarget.value)} />
          <span aria-hidden="true">–</span>
          <input type="number" aria-label={t('d.temp.max')} value={q.tmax} onInput={(e) => set('tmax', e.currentTarget.value)} />
        </div>
      </div>
      <Text k="dg" label={t('d.danger')} placeholder="3, 4.1, 9" />
      <Number_ k="val" label={t('d.value')} min="0" />
      <div class="field pair wide">
        <span id="piece-label">{t('d.piece')}</span>
        <div role="group" aria-labelledby="piece-label">
          {(['pl', 'pw', 'ph'] as const).map((k, i) => (
            <input key={k} type="number" min="0" placeholder={t((['d.piece.l', 'd.piece.w', 'd.piece.h'] as const)[i]!)} aria-label={t((['d.piece.l', 'd.piece.w', 'd.piece.h'] as const)[i]!)} value={q[k]} onInput={(e) => set(k, e.currentTarget.value)} />
          ))}
        </div>
      </div>
      <Text k="goods" label={t('d.commodity')} />
      <label class="check"><input type="checkbox" checked={q.bulk === '1'} onChange={(e) => set('bulk', e.currentTarget.checked ? '1' : '')} /> {t('d.bulk')}</label>
      <label class="check"><input type="checkbox" checked={q.latest === '1'} disabled={q.by === ''} onChange={(e) => set('latest', e.currentTarget.checked ? '1' : '')} /> {t('d.latest')}</label>
      <Families />
      <div class="field wide">
        <span>{t('d.avoid')}</span>
        <RoadPicker ids={q.avoid} label={t('d.avoid')} onChange={(v) => set('avoid', v)} />
      </div>
      {q.scn !== '' && (
        <p class="wide scenario-note">
          {t('d.scenario')}: <b>{q.scn}</b> <button type="button" onClick={() => set('scn', '')}>{t('d.scenario.base')}</button>
        </p>
      )}
    </div>
  );
}

export function QuestionForm() {
  const more = useSignal(question.peek().avoid !== '' || question.peek().scn !== '');
  const q = question.value;
  const swap = (): void => void (question.value = { ...q, from: q.to, to: q.from });
  const preset = presets.find((p) => Object.entries(p.cargo).every(([k, v]) => q[k as keyof Question] === v));
  const submit = (e: Event): void => {
    e.preventDefault();
    void ask();
  };
  return (
    <form class="question" onSubmit={submit} aria-label={t('d.title')}>
      <h1 class="visually-hidden">{t('d.title')}</h1>
      <div class="doors">
        <div class="doors-fields">
          <PlaceField label={t('d.from')} value={q.from} onChange={(v) => set('from', v)} />
          <PlaceField label={t('d.to')} value={q.to} onChange={(v) => set('to', v)} />
        </div>
        <button type="button" class="icon swap" aria-label={t('d.swap')} title={t('d.swap')} onClick={swap}><SwapIcon /></button>
      </div>
      <fieldset class="chips">
        <legend>{t('d.preset')}</legend>
        {presets.map((p) => (
          <button key={p.id} type="button" class={preset?.id === p.id ? 'chip on' : 'chip'} aria-pressed={preset?.id === p.id} data-preset={p.id} onClick={() => (question.value = withCargo(question.peek(), p.cargo))}>
            {lang.value === 'zh' ? p.zh : p.en}
          </button>
        ))}
      </fieldset>
      <div class="grid">
        <Number_ k="t" label={t('d.mass')} min="0.001" required />
        <Text k="ready" label={t('d.ready')} type="datetime-local" required={q.latest !== '1'} />
        <Text k="by" label={t('d.by')} type="datetime-local" />
      </div>
      <details open={more.value} onToggle={(e) => (more.value = (e.currentTarget).open)}>
        <summary>{t('d.details')}</summary>
        {more.value && <Conditions />}
      </details>
      <button type="submit" class="primary search" disabled={asking.value}>{asking.value ? t('d.searching') : t('d.search')}</button>
      {isStale.value && <p class="hint stale" role="status">{t('d.stale')}</p>}
      {!asked.value && !asking.value && <Examples />}
    </form>
  );
}
