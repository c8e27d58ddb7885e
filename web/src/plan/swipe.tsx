import { useSignal } from '@preact/signals';
import { createPortal } from 'preact/compat';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { startFollower, type Feature } from '../map/map';

/** A second map over the first: before on the left of the divider, after on its right. */
export function Swipe({ before }: { before: Feature[] }) {
  const box = useRef<HTMLDivElement>(null);
  const at = useSignal(50);
  useEffect(() => (box.current ? startFollower(box.current, before) : undefined), [before]);
  const pane = document.querySelector('.map-pane');
  if (!pane) return null;
  return createPortal(
    <div class="swipe">
      <div class="swipe-clip" style={{ clipPath: `inset(0 ${100 - at.value}% 0 0)` }}>
        <div class="map" ref={box} />
      </div>
      <div class="swipe-bar" style={{ left: `${at.value}%` }} aria-hidden="true" />
      <span class="swipe-label left">{t('p.before')}</span>
      <span class="swipe-label right">{t('p.after')}</span>
      <input type="range" min="0" max="100" step="1" value={at.value} aria-label={t('p.swipe')} onInput={(e) => (at.value = Number(e.currentTarget.value))} />
    </div>,
    pane,
  );
}
