import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Place } from '@gen/routing_pb';
import { explainError, routing } from '../api/client';
import { code, lang, named, t } from '../i18n';
import { Words } from './bits';
import { PinIcon } from './icons';
import { mapNotice } from './maptools';

const WAIT_MS = 120;

/** "IATA:EHU;ICAO:ZHEC" as "EHU · ZHEC" */
const codesOf = (p: Place): string => p.codes.split(';').map((c) => c.split(':').at(-1)).filter(Boolean).join(' · ');

/** A place by name in any of its writings, with completion; or by a click on the map. The value is what was typed. */
export function PlaceField({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  const id = useId();
  const found = useSignal<readonly Place[]>([]);
  const open = useSignal(false);
  const at = useSignal(-1);
  const empty = useSignal('');
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const call = useRef<AbortController>();
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => () => (clearTimeout(timer.current), call.current?.abort()), []);

  const ask = (text: string): void => {
    clearTimeout(timer.current);
    call.current?.abort();
    empty.value = '';
    if (text.trim() === '') {
      found.value = [];
      return;
    }
    timer.current = setTimeout(() => {
      const c = (call.current = new AbortController());
      routing.findPlaces({ query: text, maxResults: 8 }, { signal: c.signal }).then(
        (r) => {
          found.value = r.places;
          empty.value = r.places.length === 0 ? t('d.place.none', { q: text }) : '';
          at.value = r.places.length > 0 ? 0 : -1;
        },
        (e: unknown) => (empty.value = explainError(e)),
      );
    }, WAIT_MS);
  };
  const choose = (p: Place): void => {
    onChange(lang.value === 'zh' ? p.nameZh || p.nameEn : p.nameEn || p.nameZh);
    open.value = false;
  };
  const key = (e: KeyboardEvent): void => {
    const n = found.value.length;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      if (!open.value) {
        open.value = true;
        ask(value);
      } else if (n > 0) at.value = (at.value + (e.key === 'ArrowDown' ? 1 : n - 1)) % n;
    } else if (e.key === 'Enter' && open.value && at.value >= 0 && found.value[at.value]) {
      e.preventDefault();
      choose(found.value[at.value]!);
    } else if (e.key === 'Escape') open.value = false;
  };
  const pick = (): void => {
    void import('../map/map').then((m) => {
      mapNotice.value = t('d.picking', { what: label });
      m.nextClick((p) => {
        mapNotice.value = '';
        onChange(`${p[1].toFixed(4)},${p[0].toFixed(4)}`);
      });
    });
  };
  const shown = open.value && (found.value.length > 0 || empty.value !== '');
  return (
    <div class="field place">
      <label for={id}>{label}</label>
      <div class="place-row">
        <input
          id={id} ref={input} role="combobox" aria-expanded={shown} aria-controls={`${id}-list`} aria-autocomplete="list" autocomplete="off" spellcheck={false}
          {...(shown && at.value >= 0 ? { 'aria-activedescendant': `${id}-${at.value}` } : {})}
          placeholder={t('d.place.hint')} value={value} required
          onInput={(e) => { onChange(e.currentTarget.value); open.value = true; ask(e.currentTarget.value); }}
          onFocus={(e) => e.currentTarget.select()} onBlur={() => setTimeout(() => (open.value = false), 150)} onKeyDown={key}
        />
        <button type="button" class="icon" aria-label={`${t('d.pick')}: ${label}`} title={t('d.pick')} onClick={pick}><PinIcon /></button>
      </div>
      <ul id={`${id}-list`} role="listbox" aria-label={label} class="choices" hidden={!shown}>
        {found.value.map((p, i) => (
          <li key={String(p.nodeId)} id={`${id}-${i}`} role="option" aria-selected={i === at.value} class={i === at.value ? 'on' : ''} onMouseDown={(e) => { e.preventDefault(); choose(p); }} onMouseEnter={() => (at.value = i)}>
            <span class="choice-name">{named(p)}</span>
            <span class="choice-more">{lang.value === 'zh' ? p.nameEn : p.nameZh}</span>
            <span class="choice-kind">{[code('kind', p.kind), codesOf(p)].filter(Boolean).join(' · ')}</span>
          </li>
        ))}
        {empty.value && <li class="none"><Words text={empty.value} /></li>}
      </ul>
    </div>
  );
}
