import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { LinkFigures_Toll as Toll, type AddLink, type ChangeLink, LinkFiguresSchema, type LinkFigures, type Modification } from '@gen/planning_pb';
import { code, lang, t } from '../i18n';
import { distance } from '../lib/format';
import { links } from '../map/network';
import { Field } from '../ui/bits';
import { drawnLength, remove, replace } from './draft';

const CLASSES = ['motorway', 'trunk', 'primary', 'secondary', 'tertiary'] as const;

function nameOf(m: Modification): string {
  const v = m.what;
  if (v.case === 'addLink') return t('p.mod.add', { name: v.value.name || t('p.tool.draw'), km: distance(drawnLength(v.value.points), lang.value) });
  if (v.case !== 'changeLink' && v.case !== 'closeLink' && v.case !== 'openLink') return v.case ?? '';
  const id = v.value.links?.linkIds[0];
  const l = id === undefined ? undefined : links.value.get(id);
  const name = `${l?.nameZh || m.note || ''} #${String(id ?? '')}`.trim();
  return t(v.case === 'changeLink' ? 'p.mod.change' : v.case === 'closeLink' ? 'p.mod.close' : 'p.mod.open', { name });
}

type FiguresInit = MessageInitShape<typeof LinkFiguresSchema>;

/** Speed, lanes and toll; 0 leaves an existing road as it is. */
function Figures({ f, fresh, onChange }: { f: LinkFigures | undefined; fresh: boolean; onChange: (f: FiguresInit) => void }) {
  const now: FiguresInit = f ?? {};
  const set = (next: FiguresInit): void => onChange({ ...now, ...next });
  const keep = t('p.toll.keep');
  return (
    <>
      <Field label={t('p.speed')}><input type="number" min={fresh ? 5 : 0} max="150" required={fresh} placeholder={fresh ? '' : keep} value={f?.speedKmh || ''} onInput={(e) => set({ speedKmh: Number(e.currentTarget.value) })} /></Field>
      <Field label={t('p.lanes')}><input type="number" min="0" max="16" step="1" placeholder={fresh ? '' : keep} value={f?.lanes || ''} onInput={(e) => set({ lanes: Number(e.currentTarget.value) })} /></Field>
      <Field label={t('p.toll')}>
        <select value={f?.toll ?? Toll.TOLL_UNSPECIFIED} onChange={(e) => set({ toll: Number(e.currentTarget.value) as Toll, tollRegion: e.currentTarget.value === String(Toll.TOLLED) ? '湖北' : '' })}>
          {!fresh && <option value={Toll.TOLL_UNSPECIFIED}>{keep}</option>}
          <option value={Toll.FREE}>{t('p.toll.free')}</option>
          <option value={Toll.TOLLED}>{t('p.toll.tolled')}</option>
        </select>
      </Field>
      {fresh && (
        <Field label={t('p.class')}>
          <select value={f?.roadClass ?? 'primary'} onChange={(e) => set({ roadClass: e.currentTarget.value })}>
            {CLASSES.map((c) => <option key={c} value={c}>{code('class', c)}</option>)}
          </select>
        </Field>
      )}
    </>
  );
}

function AddEditor({ v, i }: { v: AddLink; i: number }) {
  const set = (next: Partial<AddLink>): void => replace(i, { what: { case: 'addLink', value: { ...v, ...next } } });
  return (
    <div class="grid">
      <Field label={t('p.name')}><input value={v.name} onInput={(e) => set({ name: e.currentTarget.value })} /></Field>
      <Field label={t('p.snap')}><input type="number" min="1" max="5000" placeholder="300" value={v.snapM || ''} onInput={(e) => set({ snapM: Number(e.currentTarget.value) })} /></Field>
      <Figures fresh f={v.figures} onChange={(figures) => set({ figures: create(LinkFiguresSchema, figures) })} />
      <label class="check wide"><input type="checkbox" checked={v.joinCrossings} onChange={(e) => set({ joinCrossings: e.currentTarget.checked })} /> {t('p.join')}</label>
    </div>
  );
}

function ChangeEditor({ m, v, i }: { m: Modification; v: ChangeLink; i: number }) {
  const links_ = { linkIds: v.links?.linkIds ?? [] };
  const existing = v.existing ? { existing: v.existing } : {};
  return (
    <div class="grid">
      <Figures fresh={false} f={v.set} onChange={(set) => replace(i, { what: { case: 'changeLink', value: { links: links_, set, ...existing } }, note: m.note })} />
      <button type="button" onClick={() => replace(i, { what: { case: 'closeLink', value: { links: links_, ...existing } }, note: m.note })}>{t('p.close')}</button>
    </div>
  );
}

export function ModificationEditor({ m, i }: { m: Modification; i: number }) {
  return (
    <li class="card static">
      <div class="mod-head">
        <b>{nameOf(m)}</b>
        <button type="button" onClick={() => remove(i)}>{t('p.remove')}</button>
      </div>
      {m.what.case === 'addLink' && <AddEditor v={m.what.value} i={i} />}
      {m.what.case === 'changeLink' && <ChangeEditor m={m} v={m.what.value} i={i} />}
    </li>
  );
}
