import { signal } from '@preact/signals';
import { lang, type Lang } from '../i18n';

/**
 * The page's address: "#/dispatch?from=大冶&to=上海&opt=3". Whoever opens it sees the same. The path says the view,
 * the rest is the view's own.
 */
export type View = 'dispatch' | 'shipments' | 'plan' | 'operate';
const VIEWS: readonly View[] = ['dispatch', 'shipments', 'plan', 'operate'];

export interface Address {
  view: View;
  rest: string[]; // what follows the view in the path: a bill number, a project
  query: URLSearchParams;
}

export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [first = '', ...rest] = path.split('/').map((p) => {
    try {
      return decodeURIComponent(p);
    } catch {
      return p;
    }
  });
  const view = VIEWS.find((v) => v === first) ?? 'dispatch';
  return { view, rest: rest.filter((r) => r !== ''), query: new URLSearchParams(query) };
}

export function formatAddress(a: Address): string {
  const path = [a.view, ...a.rest].map(encodeURIComponent).join('/');
  const query = [...a.query].filter(([, v]) => v !== '').map(([k, v]) => `${k}=${encodeURIComponent(v).replaceAll('%2C', ',').replaceAll('%3A', ':')}`).join('&');
  return `#/${path}${query ? `?${query}` : ''}`;
}

export const address = signal<Address>(parseAddress(typeof location === 'undefined' ? '' : location.hash));

function takeLanguage(): void {
  const l = address.value.query.get('lang');
  if (l === 'zh' || l === 'en') lang.value = l as Lang;
}

/** Goes to another view: a step that the browser's back button undoes. */
export function go(view: View, rest: string[] = [], query: Record<string, string> = {}): void {
  const q = new URLSearchParams(query);
  const l = address.value.query.get('lang');
  if (l) q.set('lang', l);
  address.value = { view, rest, query: q };
  history.pushState(null, '', formatAddress(address.value));
}

/** Changes what the address says about this view; "" takes a key away. */
export function note(changes: Record<string, string>, step = false): void {
  const q = new URLSearchParams(address.peek().query);
  for (const [k, v] of Object.entries(changes)) {
    if (v === '') q.delete(k);
    else q.set(k, v);
  }
  address.value = { ...address.peek(), query: q };
  const text = formatAddress(address.value);
  if (step) history.pushState(null, '', text);
  else history.replaceState(null, '', text);
}

export function setLanguage(l: Lang): void {
  lang.value = l;
  note({ lang: l });
}

export function listenToAddress(): void {
  takeLanguage();
  const read = (): void => {
    address.value = parseAddress(location.hash);
    takeLanguage();
  };
  addEventListener('popstate', read);
  addEventListener('hashchange', read);
}
