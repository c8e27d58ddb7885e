import { Family } from '@gen/routing_pb';
import { useEffect, useRef } from 'preact/hooks';
import { code, lang, t } from '../i18n';
import { co2, distance, instant, moneyShort } from '../lib/format';
import { familyColor } from '../map/palette';
import { Estimated, Fact } from '../ui/bits';
import { BackIcon, LeftIcon, RightIcon } from '../ui/icons';
import { say } from '../ui/toast';
import { choose, type Asked } from './answer';
import { Bill, Emissions } from './bill';
import { Booking } from './booking';
import { badgesOf } from './badges';
import { BadgeList } from './options';
import { spanOf } from './pareto';
import { Legs, Timeline } from './timeline';

/** "cargo, leg 2" in the reader's words. */
function bindingText(text: string): string {
  const m = /^(\w+), leg (\d+)$/.exec(text);
  if (!m) return code('cutoff', text);
  return lang.value === 'zh' ? `第 ${m[2]} 段${code('cutoff', m[1]!)}` : `${code('cutoff', m[1]!)} of leg ${m[2]}`;
}

export function OptionDetail({ asked, index }: { asked: Asked; index: number }) {
  const o = asked.reply.options[index]!;
  const l = lang.value;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), [index]);
  const copy = (): void => void ('clipboard' in navigator && navigator.clipboard.writeText(o.planRef).then(() => say(t('copied'))));
  const n = asked.reply.options.length;
  return (
    <article class="detail" aria-labelledby="detail-title">
      <div class="detail-bar">
        <button type="button" class="back" onClick={() => choose(undefined)}><BackIcon /> {t('d.back')}</button>
        <span class="stepper">
          <button type="button" class="icon" aria-label={t('d.previous')} disabled={index === 0} onClick={() => choose(index - 1)}><LeftIcon /></button>
          {index + 1} / {n}
          <button type="button" class="icon" aria-label={t('d.next')} disabled={index === n - 1} onClick={() => choose(index + 1)}><RightIcon /></button>
        </span>
      </div>
      <h2 id="detail-title" tabIndex={-1} ref={title}>
        <span class="family" style={{ background: familyColor[o.family] ?? '' }}>{code('family', Family[o.family])}</span> {moneyShort(o.totalFen, l)}
        {o.lines.some((x) => x.estimated) && <Estimated />}
      </h2>
      <BadgeList badges={badgesOf(asked.reply.options, asked.request.latestPickup)[index]} />
      <dl class="facts">
        <Fact label={t('d.depart')}>{instant(o.departAt, l)}</Fact>
        <Fact label={t('d.arrive')}>{instant(o.arriveAt, l)}</Fact>
        <Fact label={t('d.time')}>{spanOf(o)}</Fact>
        <Fact label={t('d.co2')}>{co2(o.co2WtwG, l)}</Fact>
        <Fact label={t('p.distance')}>{distance(o.distanceM, l)}</Fact>
        <Fact label={t('d.latest.at')}>
          {o.latestPickup > 0n ? instant(o.latestPickup, l) : t('d.latest.any')}
          {o.bindingCutoff && <small>{t('d.binds', { what: bindingText(o.bindingCutoff) })}</small>}
        </Fact>
      </dl>
      <Booking key={o.planRef} request={asked.request} option={o} />
      <h3>{t('d.timeline')}</h3>
      <Timeline o={o} />
      <Legs o={o} />
      <h3>{t('d.bill')}</h3>
      <Bill o={o} />
      <h3>{t('d.emissions')}</h3>
      <Emissions o={o} />
      <p class="ref">
        plan_ref <code>{o.planRef}</code> <button type="button" onClick={copy}>{t('copy')}</button>
      </p>
    </article>
  );
}
