import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { address } from '../state/url';
import { asked, askError, asking, ask, chosen, editing, pointed } from './answer';
import { QuestionForm } from './form';
import { QuestionLine } from './line';
import { OptionDetail } from './detail';
import { Options } from './options';
import { fromAddress, question } from './question';
import { Problem } from '../ui/bits';
import { usePickedOnMap } from '../ui/roads';

/** The map follows the choice; its script may come later than the answer. */
function drawOnMap(): () => void {
  let stop: (() => void) | undefined;
  let gone = false;
  void Promise.all([import('../map/map'), import('../map/routes'), import('../map/network')]).then(([m, r, n]) => {
    if (gone) return;
    stop = effect(() => {
      void n.services.value;
      if (!m.map.value) return;
      if (asked.value) r.drawOptions(asked.value.reply.options, chosen.value ?? pointed.value);
      else r.clearOptions();
    });
  });
  return () => {
    gone = true;
    stop?.();
    void import('../map/routes').then((r) => r.clearOptions());
  };
}

export function DispatchView() {
  usePickedOnMap(question.value.avoid);
  useEffect(() => {
    const q = fromAddress(address.peek().query);
    if (q && !asked.peek()) {
      question.value = q;
      if (q.from && q.to) void ask(false);
    }
    return drawOnMap();
  }, []);
  if (asked.value && chosen.value !== undefined) return <OptionDetail asked={asked.value} index={chosen.value} />;
  return (
    <>
      {asked.value && !editing.value ? <QuestionLine /> : <QuestionForm />}
      <Problem text={askError.value} retry={() => void ask(false)} />
      {asking.value && !asked.value && <p class="hint">{t('d.searching')}</p>}
      {asked.value && <Options asked={asked.value} />}
    </>
  );
}
