import { Family, type FindRoutesRequest, type LimitGap, type NotOffered } from '@gen/routing_pb';
import { code, lang, t } from '../i18n';
import { distance } from '../lib/format';
import { familyColor } from '../map/palette';
import { Told } from '../ui/bits';
import type { Asked } from './answer';
import { limitText, margins } from './reasons';

function Row({ n, request }: { n: NotOffered; request: FindRoutesRequest }) {
  const limit = limitText(n, request);
  const more = margins(n);
  return (
    <li>
      <span class="family" style={{ background: familyColor[n.family] ?? '' }}>{code('family', Family[n.family])}</span>
      <div>
        <b>{code('reason', n.reason)}</b>
        {limit && <p>{limit}</p>}
        {more.map((m) => <p key={m}>{m}</p>)}
        {!limit && more.length === 0 && <p><Told text={n.text} /></p>}
      </div>
    </li>
  );
}

function gapText(g: LimitGap): string {
  return t('d.gap', { n: g.roads, km: distance(g.metres, lang.value), what: code('limit', g.limit) });
}

export function Lost({ asked }: { asked: Asked }) {
  const { familiesNotOffered, warnings, limitGaps } = asked.reply;
  const other = warnings.filter((w) => !w.startsWith('no data on limits')); // limitGaps has them as data
  return (
    <>
      {familiesNotOffered.length > 0 && (
        <section class="lost" aria-labelledby="lost-title">
          <h3 id="lost-title">{t('d.lost')}</h3>
          <ul>{familiesNotOffered.map((n, i) => <Row key={i} n={n} request={asked.request} />)}</ul>
        </section>
      )}
      {(other.length > 0 || limitGaps.length > 0) && (
        <section class="notes">
          <h3>{t('d.warnings')}</h3>
          <ul>
            {limitGaps.map((g) => <li key={g.limit}>{gapText(g)}</li>)}
            {other.map((w) => <li key={w}><Told text={w} /></li>)}
          </ul>
        </section>
      )}
    </>
  );
}
