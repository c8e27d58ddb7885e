import { signal } from '@preact/signals';
import { words, type Key } from './words';

export type Lang = 'zh' | 'en';
export type { Key };

const fromBrowser = (): Lang => (navigator.languages.some((l) => l.toLowerCase().startsWith('zh')) ? 'zh' : 'en');

export const lang = signal<Lang>(typeof navigator === 'undefined' ? 'zh' : fromBrowser());

/** The words for a key in the language of the page, with {name} filled in. */
export function t(key: Key, fill?: Record<string, string | number>): string {
  const text = words[key][lang.value === 'zh' ? 0 : 1];
  return fill ? text.replace(/\{(\w+)\}/g, (all, k: string) => String(fill[k] ?? all)) : text;
}

/** The name in the language of the page, or the other one. */
export function named(x: { nameZh: string; nameEn: string } | undefined): string {
  if (!x) return '';
  return lang.value === 'zh' ? x.nameZh || x.nameEn : x.nameEn || x.nameZh;
}

const CHINESE = /[\u4e00-\u9fff]/;

/**
 * The part of "中文 · English" in the language of the page, in each of the sentences that "; " parts; one without Chinese behind
 * such a pair is still its English half. Other texts as they are.
 */
export function half(text: string): string {
  const out: string[] = [];
  let english = false; // the sentence before was a pair
  for (const piece of text.split('; ')) {
    const at = piece.indexOf(' · ');
    const pair = at >= 0 && CHINESE.test(piece.slice(0, at)) && !CHINESE.test(piece.slice(at));
    if (pair) out.push(lang.value === 'zh' ? piece.slice(0, at) : piece.slice(at + 3));
    else if (!(english && lang.value === 'zh' && !CHINESE.test(piece))) out.push(piece);
    english = pair || (english && !CHINESE.test(piece));
  }
  return out.join('; ');
}

/** Words for a code that the daemon sends ("motorway", "reefer", "ROAD"): its own text when none are known. */
export function code(group: string, value: string): string {
  const pair = (words as Record<string, readonly [string, string]>)[`${group}.${value}`];
  return pair ? pair[lang.value === 'zh' ? 0 : 1] : value.replaceAll('_', ' ');
}
