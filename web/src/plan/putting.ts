import { signal } from '@preact/signals';
import { DemandFormat, DemandUnit, type PutDemandReply } from '@gen/planning_pb';
import { ConnectError, explainError, identity } from '../api/client';
import { putDemand, type Putting } from '../api/demands';
import { t } from '../i18n';
import { nameOfFile, textFile } from '../lib/textfile';
import { address } from '../state/url';
import { say } from '../ui/toast';
import { forgetResults } from './chosen';
import { loadDemands, versionOf } from './demands';

/** The demand that is about to be put. It outlives its tab: who looks elsewhere meanwhile finds the upload going on. */
export interface DemandDraft {
  file: File | undefined;
  name: string;
  format: DemandFormat;
  unit: DemandUnit;
  vehicleClass: number;
  source: string;
  description: string;
  shared: boolean;
  allowUnknown: boolean;
}
const EMPTY: DemandDraft = { file: undefined, name: '', format: DemandFormat.DEMAND_FORMAT_UNSPECIFIED, unit: DemandUnit.DEMAND_UNIT_UNSPECIFIED, vehicleClass: 0, source: '', description: '', shared: false, allowUnknown: false };

export const draft = signal<DemandDraft>(EMPTY);
export const problem = signal('');
/** What became of the last one; `asked` is what was asked for then. */
export const outcome = signal<{ reply: PutDemandReply; asked: Putting; converted: boolean } | undefined>(undefined);
/** Of an upload in work: bytes that the service has; -1 while the file is read. */
export const sent = signal<number | undefined>(undefined);
export const total = signal(0);
let call: AbortController | undefined;

export function change(next: Partial<DemandDraft>): void {
  const before = draft.peek();
  const name = next.file && before.name === '' ? nameOfFile(next.file.name) : before.name;
  draft.value = { ...before, name, ...next };
  if (!next.file) return;
  outcome.value = undefined;
  problem.value = '';
}

let firm = identity.peek()?.firm;
identity.subscribe((now) => {
  if (now?.firm === firm) return;
  firm = now?.firm; // nothing of one firm's is left for the next
  draft.value = EMPTY;
  outcome.value = undefined;
  problem.value = '';
});

const messageOf = (d: DemandDraft): Putting['demand'] => {
  const goods = d.format === DemandFormat.CONSIGNMENTS_CSV; // which say their mass themselves
  return { description: d.description, source: d.source, shared: d.shared, format: d.format, unit: goods ? 0 : d.unit, vehicleClass: goods ? 0 : d.vehicleClass, allowUnknown: d.allowUnknown };
};

/** Nobody put another version since the form said over which one this goes. */
async function isUnchanged(name: string, expected: number): Promise<boolean> {
  await loadDemands();
  const now = versionOf(name);
  if (now !== expected) problem.value = t('p.d.changed', { name, v: now });
  return now === expected;
}

async function work(checkOnly: boolean, signal: AbortSignal): Promise<void> {
  const d = draft.peek();
  const asked: Putting = { name: d.name, demand: messageOf(d), checkOnly, expectedVersion: checkOnly ? 0 : versionOf(d.name) };
  const text = await textFile(d.file!);
  if (!text) return void (problem.value = t('p.d.encoding'));
  if (!checkOnly && !(await isUnchanged(d.name, asked.expectedVersion))) return;
  sent.value = 0;
  total.value = text.blob.size;
  const reply = await putDemand(asked, text.blob, (n) => (sent.value = n), signal);
  outcome.value = { reply, asked, converted: text.from !== 'utf-8' };
  if ((reply.demand?.version ?? 0) === 0) return;
  forgetResults(d.name);
  if (address.peek().query.get('tab') !== 'demand') say(t('p.d.done', { name: d.name, v: reply.demand!.version })); // the form says it itself
  await loadDemands();
}

export async function send(checkOnly: boolean): Promise<void> {
  if (!draft.peek().file || sent.peek() !== undefined) return;
  const mine = (call = new AbortController());
  problem.value = '';
  outcome.value = undefined;
  sent.value = -1;
  try {
    await work(checkOnly, mine.signal);
  } catch (e) {
    if (mine.signal.aborted) problem.value = t('p.d.stopped');
    else problem.value = e instanceof ConnectError ? explainError(e) : t('p.d.unreadable');
    if (e instanceof ConnectError && !checkOnly) void loadDemands(); // another version may have come
  }
  sent.value = undefined;
}

export const stopSending = (): void => call?.abort();
