import { createPortal } from 'preact/compat';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { startFollower, type Feature } from '../map/map';

/** Two maps beside each other that move together: before on the left (above on a phone), after on the right. */
export function Side({ before }: { before: Feature[] }) {
  const box = useRef<HTMLDivElement>(null);
  const pane = document.querySelector('.map-pane');
  useLayoutEffect(() => {
    pane?.classList.add('halved');
    return () => pane?.classList.remove('halved');
  }, [pane]);
  useEffect(() => (box.current ? startFollower(box.current, before, true) : undefined), [before]);
  if (!pane) return null;
  return createPortal(
    <div class="side">
      <div class="map" ref={box} role="region" aria-label={`${t('map.label')}: ${t('p.before')}`} />
      <span class="swipe-label left">{t('p.before')}</span>
      <span class="swipe-label side-after">{t('p.after')}</span>
    </div>,
    pane,
  );
}
