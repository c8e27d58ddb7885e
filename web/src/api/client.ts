import { Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { signal } from '@preact/signals';
import { Operations } from '@gen/operations_pb';
import { Planning } from '@gen/planning_pb';
import { Routing } from '@gen/routing_pb';
import { Shipments } from '@gen/shipments_pb';
import { Session, StatusDetailsSchema } from '@gen/wire_pb';
import { code, lang, t } from '../i18n';
import { said, THEN_ENGLISH } from '../i18n/said';

export interface Identity {
  firm: string;
  role: string;
}

/** The token lives here and nowhere else: a reload forgets it. */
const token = signal('');
export const identity = signal<Identity | undefined>(undefined);

/** Whether the daemon answered last: the page keeps what it shows and says so while it does not. */
export const online = signal(true);
/** Counts the times that the daemon came back: what reads the network or a stream starts again. */
export const comebacks = signal(0);

const authorize: Interceptor = (next) => (request) => {
  if (token.peek() !== '') request.header.set('Authorization', `Bearer ${token.peek()}`);
  return next(request);
};

/** fetch() itself failed: nobody is there. */
export function isUnreachable(e: unknown): boolean {
  if (e instanceof TypeError) return true; // as an interceptor sees it
  if (!(e instanceof ConnectError)) return false;
  if (e.code === Code.Unknown || e.code === Code.Internal || e.code === Code.Unavailable) return e.cause instanceof TypeError;
  return false;
}

let waiting = false;
async function waitForService(): Promise<void> {
  if (waiting) return;
  waiting = true;
  online.value = false;
  for (let ms = 300; ; ms = Math.min(ms * 1.5, 3000)) {
    await new Promise((done) => setTimeout(done, ms));
    try {
      const r = await fetch('/readyz', { cache: 'no-store' });
      if (r.ok) break;
    } catch {
      /* not yet */
    }
  }
  waiting = false;
  online.value = true;
  comebacks.value++;
}

const watchHealth: Interceptor = (next) => async (request) => {
  try {
    const reply = await next(request);
    if (!waiting) online.value = true;
    return reply;
  } catch (e) {
    if (isUnreachable(e)) void waitForService();
    throw e;
  }
};

export const transport = createConnectTransport({
  baseUrl: typeof location === 'undefined' ? 'http://localhost' : location.origin,
  useBinaryFormat: true,
  interceptors: [watchHealth, authorize],
});

export const routing = createClient(Routing, transport);
export const shipments = createClient(Shipments, transport);
export const operations = createClient(Operations, transport);
export const planning = createClient(Planning, transport);
const session = createClient(Session, transport);

/** Tries the token; throws and keeps the old one when it is refused. */
export async function signIn(text: string): Promise<void> {
  const before = token.peek();
  token.value = text.trim();
  try {
    const r = await session.hello({ protocolVersion: 1 }); // whose the bearer token is
    identity.value = { firm: r.firmName, role: r.role };
  } catch (e) {
    token.value = before;
    throw e;
  }
}

export function signOut(): void {
  token.value = '';
  identity.value = undefined;
}

export function isSignedIn(): boolean {
  return identity.value !== undefined && identity.value.role !== 'anonymous';
}

/** What to tell people about a failed call; "" for one that we gave up ourselves. */
export function explainError(e: unknown): string {
  if (!(e instanceof ConnectError)) return e instanceof Error && e.name !== 'AbortError' ? e.message : '';
  if (e.code === Code.Canceled) return '';
  if (isUnreachable(e)) return t('error.offline');
  if (e.code === Code.Unauthenticated) return isSignedIn() ? t('error.token') : t('error.anonymous');
  const field = e.findDetails(StatusDetailsSchema)[0]?.field;
  if (e.code === Code.Unimplemented && field === 'method') return t('error.unimplemented');
  const at = field ? t('error.field', { field: code('field', field) }) : '';
  if (lang.value === 'en') return at ? `${e.rawMessage} (${at})` : e.rawMessage;
  const words = said(e.rawMessage);
  if (!words.english) return at ? `${words.text}（${at}）` : words.text;
  return `${code('error', Code[e.code])}${at && `（${at}）`}：${THEN_ENGLISH}${e.rawMessage}`;
}

export { Code, ConnectError };
