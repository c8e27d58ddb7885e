import type { ModificationReport, PutScenarioReply, SnapEnd } from '@gen/planning_pb';
import { code, lang, t } from '../i18n';
import { number } from '../lib/format';
import { links } from '../map/network';
import { Told } from '../ui/bits';
import { draft } from './draft';

const SNAP_M = 300; // of a modification that names none (planning.proto)

function endText(e: SnapEnd, i: number, within: number): string {
  if (e.dangling) return t('p.dangling', { n: i + 1, m: within });
  const split = links.value.get(e.splitLinkId)?.nameZh;
  return t('p.snapped', { n: i + 1, m: number(e.movedM, lang.value), what: e.whatZh || split || t('p.newnode') });
}

function One({ r }: { r: ModificationReport }) {
  const what = draft.value.mods[r.index]?.what;
  const within = (what?.case === 'addLink' && what.value.snapM) || SNAP_M;
  return (
    <li>
      <ul>
        {r.ends.map((e, i) => <li key={i} class={e.dangling ? 'tight' : ''}>{endText(e, i, within)}</li>)}
        {r.crossed.map((c, i) => <li key={i}>{t('p.crossed', { what: c.nameZh || `#${String(c.linkId)}`, joined: c.joined ? t('p.crossed.joined') : t('p.crossed.bridge') })}</li>)}
        {r.warnings.map((w) => <li key={w} class="hint"><Told text={w} /></li>)}
      </ul>
    </li>
  );
}

/** All errors at once, then what snapped where and what is crossed. */
export function Report({ reply }: { reply: PutScenarioReply }) {
  return (
    <div class="report" role="status">
      {reply.errors.map((e, i) => (
        <p key={i} class="problem">{`${e.index + 1}. ${code('field', e.field)}: `}<Told text={e.message} /></p>
      ))}
      <ol>{reply.reports.map((r) => <One key={r.index} r={r} />)}</ol>
    </div>
  );
}
