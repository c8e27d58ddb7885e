import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AppraiseReply, DemandSpecSchema } from '@gen/planning_pb';
import { identity } from '../api/client';
import { address } from '../state/url';

/** Which demand comparisons take: "demand=NAME@VERSION" of the address, or "NAME" for its newest; "": the bundled one. */
export function chosenDemand(): string {
  const text = address.value.query.get('demand') ?? '';
  return text === 'bundled' ? '' : text;
}

/** What is no name with a version goes as it is: the daemon says that there is none. */
export function demandSpec(text: string): MessageInitShape<typeof DemandSpecSchema> {
  const [, name = text, version = '0'] = /^(.*)@(\d{1,9})$/.exec(text) ?? [];
  return { name, version: Number(version) };
}

export const withDemand = (query: Record<string, string>): Record<string, string> => ({ ...query, demand: chosenDemand() });

/** Results of this visit, by who asked and what was compared: going back and forth asks nothing again. */
const results = new Map<string, { demand: string; reply: AppraiseReply }>();
const keyOf = (before: string, after: string, demand: string): string => `${identity.peek()?.firm ?? ''}|${before}|${after}|${demand}`;

export const keptResult = (before: string, after: string, demand: string): AppraiseReply | undefined => results.get(keyOf(before, after, demand))?.reply;
export function keepResult(before: string, after: string, demand: string, reply: AppraiseReply): void {
  results.set(keyOf(before, after, demand), { demand: demandSpec(demand).name ?? '', reply });
}
/** A demand that was put anew or deleted is not what was compared. */
export function forgetResults(name: string): void {
  for (const [key, r] of results) if (r.demand === name) results.delete(key);
}
