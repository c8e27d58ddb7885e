import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { NetworkLink } from '@gen/operations_pb';
import { code, lang, t } from '../i18n';
import { idsOf } from '../lib/ids';

/** The links that the map knows: it may come later than this, or not at all. */
const known = signal<ReadonlyMap<bigint, NetworkLink>>(new Map());
void import('../map/network').then((n) => n.links.subscribe((v) => (known.value = v)));

function nameOf(id: string): string {
  const l = known.value.get(BigInt(id));
  if (!l) return `#${id}`;
  return (lang.value === 'zh' ? l.nameZh || l.ref : l.ref || l.nameZh) || `${code('class', l.roadClass)} #${id}`;
}

/** Roads of the map by click, or by id without a mouse; shown on the map as long as this is. `ids` are "12,34". */
export function RoadPicker({ ids, onChange, label }: { ids: string; onChange: (ids: string) => void; label: string }) {
  const picking = useSignal(false);
  const typed = useSignal('');
  const list = idsOf(ids);
  useEffect(() => {
    if (!picking.value) return undefined;
    let stop: (() => void) | undefined;
    let gone = false;
    void import('../map/pick').then((m) => {
      if (!gone) stop = m.pickLinks((id) => onChange([...new Set([...list, id])].join(',')));
    });
    return () => {
      gone = true;
      stop?.();
    };
  }, [picking.value, ids]);
  const add = (): void => {
    onChange([...new Set([...list, ...idsOf(typed.value)])].join(','));
    typed.value = '';
  };
  return (
    <div class="roads" role="group" aria-label={label}>
      <div class="row">
        <button type="button" data-pick-roads class={picking.value ? 'chip on' : 'chip'} aria-pressed={picking.value} onClick={() => (picking.value = !picking.value)}>{t('roads.pick')}</button>
        <input aria-label={t('roads.ids')} placeholder={t('roads.ids')} value={typed.value} onInput={(e) => (typed.value = e.currentTarget.value)} onBlur={add} onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); add(); } }} />
      </div>
      <ul class="chips picked-roads">
        {list.map((id) => (
          <li key={id}>
            <button type="button" class="chip" data-road={id} aria-label={t('roads.remove', { road: nameOf(id) })} onClick={() => onChange(list.filter((x) => x !== id).join(','))}>{nameOf(id)} ×</button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Marks the roads on the map while the caller is shown. */
export function usePickedOnMap(ids: string): void {
  useEffect(() => {
    void import('../map/pick').then((m) => m.showPicked(idsOf(ids)));
  }, [ids]);
  useEffect(() => () => void import('../map/pick').then((m) => m.showPicked([])), []);
}
