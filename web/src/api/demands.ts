import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Demand, DemandSchema, PutDemandReply } from '@gen/planning_pb';
import { Code, ConnectError, planning } from './client';

const PIECE = 180_000; // bytes: with its head a piece fits the smallest usual frame
const LISTED_MAX = 2000;

/** All that the firm sees, or that is shared; by name. */
export async function listDemands(): Promise<Demand[]> {
  const all: Demand[] = [];
  for (let pageToken = ''; all.length < LISTED_MAX; ) {
    const r = await planning.listDemands({ pageSize: 200, pageToken });
    all.push(...r.demands);
    pageToken = r.nextPageToken;
    if (pageToken === '') break;
  }
  return all;
}

export interface Putting {
  name: string;
  demand: MessageInitShape<typeof DemandSchema>;
  checkOnly: boolean;
  expectedVersion: number; // 0: whatever is there
}

/** Sends the table in pieces, one after the other; the reply to the last says what reading it found. */
export async function putDemand(what: Putting, table: Blob, onSent: (bytes: number) => void, signal: AbortSignal): Promise<PutDemandReply> {
  for (let at = 0, upload = ''; ; ) {
    const content = new Uint8Array(await table.slice(at, at + PIECE).arrayBuffer());
    at += content.length;
    const more = at < table.size && content.length > 0;
    const r = await planning.putDemand({ ...what, content, more, upload }, { signal });
    onSent(at);
    if (!more) return r;
    if (r.upload === '') throw new ConnectError('the answer names no upload', Code.DataLoss);
    upload = r.upload;
  }
}
