import { signal } from '@preact/signals';
import { DemandFormat, DemandUnit, type Demand } from '@gen/planning_pb';
import { explainError, identity } from '../api/client';
import { listDemands } from '../api/demands';
import { lang, t } from '../i18n';
import { number } from '../lib/format';

/** What ListDemands told last; undefined before the first answer. */
export const demands = signal<readonly Demand[] | undefined>(undefined);
export const demandsProblem = signal('');

let asked = 0;
export async function loadDemands(): Promise<void> {
  const mine = ++asked; // who signs in meanwhile asks again
  try {
    const all = await listDemands();
    if (mine !== asked) return;
    demands.value = all;
    demandsProblem.value = '';
  } catch (e) {
    if (mine !== asked) return;
    demands.value = undefined;
    demandsProblem.value = explainError(e);
  }
}

export const mayPut = (): boolean => identity.value?.role === 'planner' || identity.value?.role === 'operator';
export const isMine = (d: Demand): boolean => mayPut() && d.firm === identity.value?.firm;
/** The newest version of the firm's own, 0 when it has none of this name. */
export const versionOf = (name: string): number => demands.value?.find((d) => d.name === name && isMine(d))?.version ?? 0;

export const isGoods = (d: Demand): boolean => d.format === DemandFormat.CONSIGNMENTS_CSV;

const amount = (v: number): string => number(v, lang.value, v < 100 ? 2 : 0);
export const lorriesText = (d: Demand): string => t('p.d.lorries', { n: amount(d.lorries) });
export const tonnesText = (d: Demand): string => t('p.d.tonnes', { n: amount(d.tonnes) });
/** A volume in the table's own unit. */
export function volumeText(d: Demand, v: number): string {
  return t(isGoods(d) ? 'p.d.tonnes.all' : d.unit === DemandUnit.TONNES ? 'p.d.tonnes' : 'p.d.lorries', { n: amount(v) });
}
export { amount };
