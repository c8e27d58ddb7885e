import { signal } from '@preact/signals';
import type { Change } from '@gen/shipments_pb';
import { Code, ConnectError, identity, isSignedIn, online, shipments } from '../api/client';

/** Whether changes come as they happen; otherwise the page asks from time to time. */
export const live = signal(false);

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/**
 * Follows the firm's changes until stopped: from the last cursor after every end of the stream (its deadline, a daemon
 * that restarts), so that nothing is missed. What cannot be followed is asked again every few seconds by `tick`.
 */
export function follow(onChanges: (changes: readonly Change[]) => void, tick: () => void): () => void {
  const stop = new AbortController();
  let cursor = '';
  const run = async (): Promise<void> => {
    for (let wait = 500; !stop.signal.aborted; ) {
      if (!isSignedIn() || !online.peek()) {
        await pause(500);
        continue;
      }
      const who = identity.peek();
      try {
        for await (const r of shipments.watch({ cursor }, { signal: stop.signal, timeoutMs: 30_000 })) {
          if (identity.peek() !== who) break;
          live.value = true;
          wait = 500;
          cursor = r.cursor || cursor;
          if (r.changes.length > 0) onChanges(r.changes);
        }
        await pause(50);
      } catch (e) {
        if (e instanceof ConnectError && (e.code === Code.DeadlineExceeded || e.code === Code.Canceled)) continue;
        live.value = false;
        await pause(wait);
        wait = Math.min(wait * 2, 5000);
        tick();
      }
    }
    live.value = false;
  };
  void run();
  return () => stop.abort();
}
