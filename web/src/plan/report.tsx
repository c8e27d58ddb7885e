import type { ModificationReport, PutScenarioReply, SnapEnd } from '@gen/planning_pb';
import { lang, t } from '../i18n';
import { number } from '../lib/format';
import { links } from '../map/network';

function endText(e: SnapEnd, i: number): string {
  if (e.dangling) return t('p.dangling', { n: i + 1, m: 300 });
  const split = links.value.get(e.splitLinkId)?.nameZh;
  return t('p.snapped', { n: i + 1, m: number(e.movedM, lang.value), what: e.whatZh || split || t('p.newnode') });
}

function One({ r }: { r: ModificationReport }) {
  return (
    <li>
      <ul>
        {r.ends.map((e, i) => <li key={i} class={e.dangling ? 'tight' : ''}>{endText(e, i)}</li>)}
        {r.crossed.map((c, i) => <li key={i}>{t('p.crossed', { what: c.nameZh || `#${String(c.linkId)}`, joined: c.joined ? t('p.crossed.joined') : t('p.crossed.bridge') })}</li>)}
        {r.warnings.map((w) => <li key={w} lang="en" class="hint">{w}</li>)}
      </ul>
    </li>
  );
}

/** All errors at once, then what snapped where and what is crossed. */
export function Report({ reply }: { reply: PutScenarioReply }) {
  return (
    <div class="report" role="status">
      {reply.errors.map((e, i) => (
        <p key={i} class="problem" lang="en">{`${e.index + 1}. ${e.field}: ${e.message}`}</p>
      ))}
      <ol>{reply.reports.map((r) => <One key={r.index} r={r} />)}</ol>
    </div>
  );
}
