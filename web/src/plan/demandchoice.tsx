import { useSignal, useSignalEffect } from '@preact/signals';
import { identity } from '../api/client';
import { t } from '../i18n';
import { note } from '../state/url';
import { chosenDemand, demandSpec } from './chosen';
import { demands, loadDemands } from './demands';

export function demandName(text: string): string {
  if (text === '') return t('p.d.bundled');
  const { name = '', version = 0 } = demandSpec(text);
  return version > 0 ? t('p.d.version', { name, v: version }) : t('p.d.newest', { name });
}

/** What a result says of its demand: "NAME@VERSION HASH", or the hash of the bundled one. */
export function demandOfResult(text: string): string {
  const [, put, hash = ''] = /^(?:(\S+@\d+) )?(\S*)$/.exec(text) ?? [];
  return `${demandName(put ?? '')} · ${hash.slice(0, 8)}`;
}

/** Which demand the comparison takes. Another one is taken by the button: keys that go through the list start nothing. */
export function DemandChoice() {
  const now = chosenDemand();
  const picked = useSignal<string | undefined>(undefined);
  useSignalEffect(() => {
    void identity.value;
    void loadDemands();
  });
  const known = (demands.value ?? []).map((d) => `${d.name}@${d.version}`);
  const all = [...new Set(['', ...known, now])];
  const value = picked.value ?? now;
  return (
    <div class="row demand-choice">
      <label class="field">
        <span>{t('p.demand')}</span>
        <select value={value} onChange={(e) => (picked.value = e.currentTarget.value)}>
          {all.map((x) => <option key={x} value={x}>{demandName(x)}</option>)}
        </select>
      </label>
      {value !== now && <button type="button" class="primary" onClick={() => { picked.value = undefined; note({ demand: value, job: '' }, true); }}>{t('p.d.run')}</button>}
    </div>
  );
}
