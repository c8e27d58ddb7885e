import { code, lang, t } from '../i18n';
import { fromInput, instant, number } from '../lib/format';
import { idsOf } from '../lib/ids';
import { editing } from './answer';
import { presets, question } from './question';

/** The question in a line, once it is answered. */
export function QuestionLine() {
  const q = question.value;
  const l = lang.value;
  const preset = presets.find((p) => Object.entries(p.cargo).every(([k, v]) => q[k as keyof typeof q] === v));
  const ready = fromInput(q.ready);
  const cargo = preset ? (l === 'zh' ? preset.zh : preset.en) : `${code('goods', q.goods)} ${number(Number(q.t), l, 3)} t${q.box ? ` · ${q.n || ''} ${q.box}` : ''}`;
  return (
    <div class="asked">
      <div>
        <h1>{q.from} → {q.to}</h1>
        <p>
          {cargo}
          {ready !== undefined && ` · ${t('d.ready')} ${instant(ready, l)}`}
          {q.avoid && ` · ${t('d.avoid.some', { n: idsOf(q.avoid).length })}`}
          {q.scn && <b> · {t('d.scenario')} {q.scn}</b>}
        </p>
      </div>
      <button type="button" onClick={() => (editing.value = true)}>{t('d.edit')}</button>
    </div>
  );
}
