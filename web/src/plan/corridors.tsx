import { lang, named, t } from '../i18n';
import { corridors } from '../map/network';
import { address, note } from '../state/url';
import { axisColor, axisOf } from './layers';

const AXES = ['v', 'h', 'l'] as const;

export function Corridors() {
  const chosen = address.value.query.get('corridor') ?? '';
  return (
    <section>
      <p class="hint">{lang.value === 'zh' ? (corridors.value[0]?.note ?? t('p.corridors.note')) : t('p.corridors.note')}</p>
      {AXES.map((axis) => (
        <div key={axis}>
          <h3><span class="swatch" style={{ background: axisColor(axis) }} />{t(`p.axis.${axis}`)}</h3>
          <ul class="lines">
            {corridors.value.filter((c) => axisOf(c) === axis).map((c) => (
              <li key={c.corridorId}>
                <button type="button" class={c.corridorId === chosen ? 'line on' : 'line'} aria-pressed={c.corridorId === chosen} onClick={() => note({ corridor: c.corridorId === chosen ? '' : c.corridorId }, true)}>
                  <span class="line-id">{c.corridorId.toUpperCase()}</span>
                  <span>{named(c)}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
