import { signal } from '@preact/signals';
import { Mode } from '@gen/routing_pb';
import { code, t } from '../i18n';
import { legendItems } from '../map/legend';
import { modeColor } from '../map/palette';
import { address } from '../state/url';
import { HomeIcon, MinusIcon, PlusIcon } from './icons';

/** The map's parts come with its script; these buttons ask for it when they are pressed. */
const call = (f: (m: typeof import('../map/map')) => void) => (): void => void import('../map/map').then(f);
export const mapNotice = signal('');
const failed = signal(false);
const missing = signal(0);
void import('../map/map').then((m) => m.mapFailed.subscribe((v) => (failed.value = v)));
void import('../map/network').then((m) => m.leftOut.subscribe((v) => (missing.value = v)));

export function MapTools() {
  return (
    <>
      {failed.value && <p class="map-failed">{t('map.none')}</p>}
      {mapNotice.value && <p class="map-notice" role="status">{mapNotice.value}</p>}
      <div class="map-tools">
        <button type="button" aria-label={t('map.in')} title={t('map.in')} onClick={call((m) => m.map.peek()?.zoomIn())}><PlusIcon /></button>
        <button type="button" aria-label={t('map.out')} title={t('map.out')} onClick={call((m) => m.map.peek()?.zoomOut())}><MinusIcon /></button>
        <button type="button" aria-label={t('map.home')} title={t('map.home')} onClick={call((m) => m.home())}><HomeIcon /></button>
      </div>
      <ul class="legend" aria-label={t('map.legend')}>
        {(address.value.view !== 'plan' || legendItems.value.length === 0) &&
          [Mode.TRUCK, Mode.TRAIN, Mode.VESSEL, Mode.FLIGHT].map((m) => (
            <li key={m}>
              <span class="swatch" style={{ background: modeColor[m] ?? '' }} />
              {code('mode', Mode[m])}
            </li>
          ))}
        {legendItems.value.map((i) => (
          <li key={i.text}>
            <span class={i.dashed ? 'swatch dashed' : 'swatch'} style={i.dashed ? { borderColor: i.color } : { background: i.color }} />
            {t(i.text)}
          </li>
        ))}
        {missing.value > 0 && <li>{t('map.more', { n: missing.value })}</li>}
      </ul>
    </>
  );
}
