import { computed, signal } from '@preact/signals';
import type { FindRoutesReply, FindRoutesRequest, Option } from '@gen/routing_pb';
import { explainError, routing } from '../api/client';
import { paretoFront } from '../lib/pareto';
import { address, go, note } from '../state/url';
import { emptyQuestion, question, toAddress, toRequest, type Question } from './question';

/** The answer on the page and the question that it belongs to. */
export interface Asked {
  question: Question;
  request: FindRoutesRequest;
  reply: FindRoutesReply;
  front: boolean[];
}
export const asked = signal<Asked | undefined>(undefined);
export const askError = signal('');
export const asking = signal(false);
export const chosen = signal<number | undefined>(undefined);
export const editing = signal(true); // the form is open; after an answer it folds into a line
export const pointed = signal<number | undefined>(undefined); // hovered, in the plot or the list

/** Whether the form says something else than what was asked. */
export const isStale = computed(() => asked.value !== undefined && JSON.stringify(asked.value.question) !== JSON.stringify(question.value));

let call: AbortController | undefined;

const criteria = (o: Option): number[] => [Number(o.arriveAt), Number(o.totalFen), Number(o.co2WtwG)];

export async function ask(step = true): Promise<void> {
  const q = question.peek();
  call?.abort();
  const mine = (call = new AbortController());
  asking.value = true;
  askError.value = '';
  if (address.peek().view !== 'dispatch') go('dispatch');
  note({ ...toAddress(q), ...(step ? { opt: '' } : {}) }, step);
  const request = toRequest(q);
  try {
    const reply = await routing.findRoutes(request, { signal: mine.signal });
    const opt = address.peek().query.get('opt');
    const n = opt === null || opt === '' ? undefined : Number(opt);
    asked.value = { question: q, request, reply, front: paretoFront(reply.options.map(criteria)) };
    chosen.value = n !== undefined && n >= 1 && n <= reply.options.length ? n - 1 : undefined;
    editing.value = false;
    toTop();
  } catch (e) {
    if (call !== mine) return;
    askError.value = explainError(e);
    asked.value = undefined;
    chosen.value = undefined;
  }
  if (call === mine) asking.value = false;
}

/** An empty form again. */
export function startOver(): void {
  call?.abort();
  asked.value = undefined;
  chosen.value = undefined;
  askError.value = '';
  asking.value = false;
  editing.value = true;
  question.value = emptyQuestion();
}

export function choose(i: number | undefined): void {
  chosen.value = i;
  pointed.value = undefined;
  note({ opt: i === undefined ? '' : String(i + 1) }, true);
  toTop();
}

/** Of the panel, or on a phone of the page under the map. */
function toTop(): void {
  const panel = document.getElementById('panel');
  panel?.scrollTo({ top: 0 });
  panel?.parentElement?.scrollTo({ top: 0 });
}

/** The back button takes the choice back too. */
address.subscribe((a) => {
  if (a.view !== 'dispatch' || !asked.peek()) return;
  const n = Number(a.query.get('opt') ?? '');
  chosen.value = n >= 1 && n <= asked.peek()!.reply.options.length ? n - 1 : undefined;
});
