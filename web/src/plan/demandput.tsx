import { DemandFormat, DemandUnit } from '@gen/planning_pb';
import { code, lang, t } from '../i18n';
import { number } from '../lib/format';
import { Field, Problem } from '../ui/bits';
import { DemandReport } from './demandreport';
import { versionOf } from './demands';
import { change, draft, problem, send, sent, stopSending, total } from './putting';

const FORMATS = [DemandFormat.OD_CSV, DemandFormat.OD_TNTP, DemandFormat.CONSIGNMENTS_CSV] as const;
const UNITS = [DemandUnit.LORRIES, DemandUnit.TONNES] as const;
const CLASSES = [1, 2, 3, 4, 5, 6] as const;

function Formats() {
  return (
    <details class="typed">
      <summary>{t('p.d.formats')}</summary>
      <ul class="notes-list">
        <li>{t('p.d.formats.csv')}<pre>{'o,d,volume,goods_group,period\n大冶,EHU,40,steel,AM\n2001,2010,30,,'}</pre></li>
        <li>{t('p.d.formats.tntp')}</li>
        <li>{t('p.d.formats.goods')}</li>
        <li>{t('p.d.formats.zones')}</li>
      </ul>
    </details>
  );
}

const kb = (bytes: number): string => number(Math.ceil(bytes / 1000), lang.value);

/** In the page's words, where the browser would have its own. */
function FileField() {
  const file = draft.value.file;
  const pick = (e: Event): void => {
    const chosen = (e.currentTarget as HTMLInputElement).files?.[0];
    if (chosen) change({ file: chosen });
  };
  // Emptied by the click: the same file, mended, may be chosen again.
  return (
    <label class="field wide file-field">
      <span>{t('p.d.file')}</span>
      <input type="file" class="visually-hidden" accept=".csv,.tntp,.txt,text/csv,text/plain" required={!file} onClick={(e) => (e.currentTarget.value = '')} onChange={pick} />
      <span class="file-pick"><span class="file-button">{t('p.d.file.choose')}</span> <span class="file-name">{file ? `${file.name} · ${kb(file.size)} kB` : t('p.d.file.none')}</span></span>
    </label>
  );
}

function Progress() {
  const n = sent.value;
  if (n === undefined) return null;
  return (
    <div class="progress" role="status">
      <p>{n < 0 ? t('p.d.reading') : n < total.value ? t('p.d.sending', { a: kb(n), b: kb(total.value) }) : t('p.d.judging')}</p>
      <progress max={Math.max(1, total.value)} {...(n >= 0 && n < total.value ? { value: n } : {})} aria-label={t('p.d.put')} />
      <button type="button" onClick={stopSending}>{t('p.stop')}</button>
    </div>
  );
}

/** Unit and class are of an O-D table: consignments say their mass themselves. */
function Kind() {
  const d = draft.value;
  const goods = d.format === DemandFormat.CONSIGNMENTS_CSV;
  return (
    <>
      <Field label={t('p.d.format')} wide>
        <select value={d.format} onChange={(e) => change({ format: Number(e.currentTarget.value) })}>
          <option value={0}>{t('p.d.byfile')}</option>
          {FORMATS.map((f) => <option key={f} value={f}>{code('demandformat', DemandFormat[f])}</option>)}
        </select>
      </Field>
      <Field label={t('p.d.unit')}>
        <select value={goods ? 0 : d.unit} disabled={goods} onChange={(e) => change({ unit: Number(e.currentTarget.value) })}>
          <option value={0}>{goods ? t('p.d.byfile') : t('p.d.unit.default')}</option>
          {UNITS.map((u) => <option key={u} value={u}>{code('demandunit', DemandUnit[u])}</option>)}
        </select>
      </Field>
      <Field label={t('p.d.class')}>
        <select value={goods ? 0 : d.vehicleClass} disabled={goods} onChange={(e) => change({ vehicleClass: Number(e.currentTarget.value) })}>
          <option value={0}>{goods ? t('p.d.byfile') : t('p.d.class.default')}</option>
          {CLASSES.map((n) => <option key={n} value={n}>{t('p.d.class.n', { n })}</option>)}
        </select>
      </Field>
    </>
  );
}

export function PutForm() {
  const d = draft.value;
  const busy = sent.value !== undefined;
  const over = versionOf(d.name);
  return (
    <form class="put-demand" onSubmit={(e) => { e.preventDefault(); void send(false); }}>
      <h2>{t('p.d.put')}</h2>
      <Formats />
      <div class="grid">
        <FileField />
        <Field label={t('p.name')} wide><input value={d.name} required pattern="[A-Za-z0-9_\-]{1,64}" title={t('p.id.help')} autocomplete="off" spellcheck={false} onInput={(e) => change({ name: e.currentTarget.value })} /></Field>
        {over > 0 && <p class="scenario-note wide">{t('p.d.over', { name: d.name, v: over, next: over + 1 })}</p>}
        <Kind />
        <Field label={t('p.d.source')} wide><input value={d.source} maxLength={600} onInput={(e) => change({ source: e.currentTarget.value })} /></Field>
        <Field label={t('p.d.description')} wide><textarea rows={2} maxLength={1300} value={d.description} onInput={(e) => change({ description: e.currentTarget.value })} /></Field>
        <label class="check wide"><input type="checkbox" checked={d.shared} onChange={(e) => change({ shared: e.currentTarget.checked })} /> {t('p.shared')}</label>
        <label class="check wide"><input type="checkbox" checked={d.allowUnknown} data-allow onChange={(e) => change({ allowUnknown: e.currentTarget.checked })} /> {t('p.d.allow')}</label>
      </div>
      <div class="row save">
        <button type="button" disabled={busy} onClick={(e) => { if (e.currentTarget.form!.reportValidity()) void send(true); }}>{t('p.d.check')}</button>
        <button type="submit" class="primary" disabled={busy}>{over > 0 ? t('p.d.send.over', { v: over + 1 }) : t('p.d.send')}</button>
      </div>
      <Progress />
      <Problem text={problem.value} />
      <DemandReport />
    </form>
  );
}
