import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { said, THEN_ENGLISH, type Said as Sentence } from '../i18n/said';

/** Words in the page's language, and after them the daemon's own where there are none. */
export function Words({ text }: { text: string }) {
  const [own = '', english] = text.split(THEN_ENGLISH);
  return <span>{own}{english && <span lang="en"> {english}</span>}</span>;
}

/** A sentence of the daemon: marked as English where it is English on a Chinese page. */
export function Told({ text, by = said }: { text: string; by?: (text: string) => Sentence }) {
  const s = by(text);
  return <span {...(s.english ? { lang: 'en' } : {})}>{s.text}</span>;
}

export function Problem({ text, retry }: { text: string; retry?: () => void }) {
  if (text === '') return null;
  return (
    <div class="problem" role="alert">
      <Words text={text} />
      {retry && <button type="button" onClick={retry}>{t('retry')}</button>}
    </div>
  );
}

export function Field({ label, children, wide }: { label: string; children: ComponentChildren; wide?: boolean }) {
  return (
    <label class={wide ? 'field wide' : 'field'}>
      <span>{label}</span>
      {children}
    </label>
  );
}

export function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Tabs<T extends string>({ items, value, onPick, label }: { items: readonly { id: T; text: string }[]; value: T; onPick: (id: T) => void; label: string }) {
  const move = (e: KeyboardEvent, i: number): void => {
    const step = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    e.preventDefault();
    const next = items[(i + step + items.length) % items.length]!;
    onPick(next.id);
    ((e.currentTarget as HTMLElement).parentElement?.children[(i + step + items.length) % items.length] as HTMLElement).focus();
  };
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // More tabs than a phone is wide: the chosen one is in sight.
    const [div, on] = [box.current, box.current?.querySelector<HTMLElement>('.on')];
    if (!div || !on) return;
    const left = on.offsetLeft - div.offsetLeft;
    if (left < div.scrollLeft || left + on.offsetWidth > div.scrollLeft + div.clientWidth) div.scrollLeft = left - 24;
  }, [value]);
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={box}>
      {items.map((x, i) => (
        <button key={x.id} type="button" role="tab" aria-selected={x.id === value} tabIndex={x.id === value ? 0 : -1} class={x.id === value ? 'on' : ''} onClick={() => onPick(x.id)} onKeyDown={(e) => move(e, i)}>
          {x.text}
        </button>
      ))}
    </div>
  );
}

export function Estimated() {
  return <span class="est" title={t('estimated.long')}>{t('estimated')}</span>;
}
