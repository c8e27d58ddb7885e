import { Mode, type CostLine, type Option } from '@gen/routing_pb';
import { code, lang, named, t } from '../i18n';
import { basis } from '../i18n/said';
import { co2, money } from '../lib/format';
import { Estimated, Fact, Told } from '../ui/bits';

const labelOf = (l: CostLine): string => (lang.value === 'zh' ? l.labelZh || code('line', l.kind) : code('line', l.kind));

function Line({ l }: { l: CostLine }) {
  return (
    <tr>
      <td>
        {labelOf(l)} {l.estimated && <Estimated />} {l.agreed && <span class="agreed">{t('agreed')}</span>}
      </td>
      <td class="basis">
        <details>
          <summary><Told text={l.basis || l.rate} by={basis} /></summary>
          <p><Told text={l.rate} by={basis} /></p>
          {l.source && <p class="source">{t('d.source')}: <span lang="en">{l.source}</span></p>}
        </details>
      </td>
      <td class="num">{money(l.amountFen, lang.value)}</td>
    </tr>
  );
}

/** Line by line, leg by leg; the sum is made again here and compared. */
export function Bill({ o }: { o: Option }) {
  const sum = o.lines.reduce((s, l) => s + l.amountFen, 0n);
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={t('d.bill')}>
      <table class="bill">
        <thead>
          <tr>
            <th scope="col">{t('d.bill.item')}</th>
            <th scope="col">{t('d.bill.basis')}</th>
            <th scope="col" class="num">{t('d.bill.amount')}</th>
          </tr>
        </thead>
        {o.legs.map((leg, i) => {
          const lines = o.lines.filter((l) => l.leg === i);
          return lines.length === 0 ? null : (
            <tbody key={i}>
              <tr class="bill-leg">
                <th scope="rowgroup" colSpan={2}>{`${i + 1}. ${code('mode', Mode[leg.mode])} ${named(leg.from)} → ${named(leg.to)}`}</th>
                <td class="num">{money(lines.reduce((s, l) => s + l.amountFen, 0n), lang.value)}</td>
              </tr>
              {lines.map((l, k) => <Line key={k} l={l} />)}
            </tbody>
          );
        })}
        <tbody>{o.lines.filter((l) => l.leg >= o.legs.length).map((l, k) => <Line key={k} l={l} />)}</tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={2}>
              {t('d.bill.total')} <span class={sum === o.totalFen ? 'hint' : 'problem'}>{sum === o.totalFen ? `✓ ${t('d.bill.sum')}` : t('d.bill.off')}</span>
            </th>
            <td class="num">{money(o.totalFen, lang.value)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

export function Emissions({ o }: { o: Option }) {
  const l = lang.value;
  return (
    <>
      <dl class="facts">
        <Fact label="CO₂e">{co2(o.co2WtwG, l)}</Fact>
        <Fact label={t('d.emissions.ttw')}>{co2(o.co2TtwG, l)}</Fact>
        <Fact label={t('d.emissions.wtt')}>{co2(o.co2WttG, l)}</Fact>
        <Fact label={t('d.emissions.hub')}>{co2(o.hubWtwG, l)}</Fact>
      </dl>
      {o.co2Method && (
        <details class="raw">
          <summary>{t('d.emissions.method')}</summary>
          <p class="hint" lang="en">{o.co2Method}</p>
        </details>
      )}
    </>
  );
}
