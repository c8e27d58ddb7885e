import type { Lang } from '../i18n';

/** Timetables are local: every instant is shown in the network's own time, UTC+8 without daylight saving. */
const ZONE_S = 8 * 3600;

const locale = (lang: Lang): string => (lang === 'zh' ? 'zh-CN' : 'en-GB');
const cache = new Map<string, Intl.NumberFormat>();

export function number(v: number, lang: Lang, digits = 0): string {
  const key = `${lang}${digits}`;
  let f = cache.get(key);
  if (!f) {
    f = new Intl.NumberFormat(locale(lang), { maximumFractionDigits: digits, minimumFractionDigits: 0 });
    cache.set(key, f);
  }
  return f.format(v === 0 ? 0 : v);
}

/** Fen as yuan to the fen. */
export function money(fen: bigint | number, lang: Lang): string {
  const v = BigInt(fen);
  const abs = v < 0n ? -v : v;
  const cents = (abs % 100n).toString().padStart(2, '0');
  return `${v < 0n ? '−' : ''}¥${number(Number(abs / 100n), lang)}.${cents}`;
}

/** Fen as yuan without fen, for what is compared at a glance. */
export function moneyShort(fen: bigint | number, lang: Lang): string {
  const yuan = Math.round(Number(fen) / 100);
  return `${yuan < 0 ? '−' : ''}¥${number(Math.abs(yuan), lang)}`;
}

/** Large sums of yuan: 75.08 亿 / 7.51 bn. */
export function yuanLarge(yuan: number, lang: Lang): string {
  const sign = yuan < 0 ? '−' : '';
  const v = Math.abs(yuan);
  if (lang === 'zh') {
    if (v >= 1e8) return `${sign}¥${number(v / 1e8, lang, 2)} 亿`;
    if (v >= 1e4) return `${sign}¥${number(v / 1e4, lang, 1)} 万`;
    return `${sign}¥${number(v, lang)}`;
  }
  if (v >= 1e9) return `${sign}¥${number(v / 1e9, lang, 2)} bn`;
  if (v >= 1e6) return `${sign}¥${number(v / 1e6, lang, 1)} m`;
  if (v >= 1e4) return `${sign}¥${number(v / 1e3, lang, 0)} k`;
  return `${sign}¥${number(v, lang)}`;
}

/** Fen on an axis: in 万元 or thousands of yuan from there on, with the digits that tell ticks `step` fen apart. */
export function moneyTick(fen: number, step: number, lang: Lang): string {
  const unit = lang === 'zh' ? 1e6 : 1e5;
  if (fen < unit) return number(fen / 100, lang, step < 100 ? 2 : 0);
  const digits = Math.max(0, Math.ceil(Math.log10(unit / step)));
  return `${number(fen / unit, lang, digits)}${lang === 'zh' ? '万' : 'k'}`;
}

/** An instant of local time (seconds, the zone added) on an axis: the date at midnight, else the time of day. */
export function timeTick(local: number): string {
  const text = new Date(local * 1000).toISOString();
  return text.slice(11, 16) === '00:00' ? `${Number(text.slice(5, 7))}/${Number(text.slice(8, 10))}` : text.slice(11, 16);
}

/** Kilograms of CO2e. */
export function co2(grams: bigint | number, lang: Lang): string {
  const kg = Number(grams) / 1000;
  return kg >= 10000 ? `${number(kg / 1000, lang, 1)} t` : `${number(kg, lang, kg < 100 ? 1 : 0)} kg`;
}

export function distance(metres: bigint | number, lang: Lang): string {
  const m = Number(metres);
  return m < 10000 ? `${number(m / 1000, lang, 1)} km` : `${number(m / 1000, lang)} km`;
}

/** "1 天 4 小时" / "1 d 4 h"; minutes below a day. */
export function duration(seconds: bigint | number, lang: Lang): string {
  const all = Math.round(Number(seconds) / 60);
  const sign = all < 0 ? '−' : '';
  const min = Math.abs(all);
  const [d, h, m] = [Math.floor(min / 1440), Math.floor((min % 1440) / 60), min % 60];
  const [ud, uh, um] = lang === 'zh' ? (['天', '小时', '分'] as const) : (['d', 'h', 'min'] as const);
  const some = (n: number, unit: string): string => (n > 0 ? `${n} ${unit}` : '');
  const parts = d > 0 ? [some(d, ud), some(h, uh)] : h > 0 ? [some(h, uh), some(m, um)] : [`${m} ${um}`];
  return sign + parts.filter(Boolean).join(' ');
}

interface Local {
  y: number;
  mo: number;
  d: number;
  h: number;
  mi: number;
  day: number;
}

function local(seconds: bigint | number): Local {
  const t = new Date((Number(seconds) + ZONE_S) * 1000);
  return { y: t.getUTCFullYear(), mo: t.getUTCMonth() + 1, d: t.getUTCDate(), h: t.getUTCHours(), mi: t.getUTCMinutes(), day: t.getUTCDay() };
}

const two = (n: number): string => String(n).padStart(2, '0');
const DAYS = { zh: ['周日', '周一', '周二', '周三', '周四', '周五', '周六'], en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function clock(seconds: bigint | number): string {
  const t = local(seconds);
  return `${two(t.h)}:${two(t.mi)}`;
}

export function day(seconds: bigint | number, lang: Lang): string {
  const t = local(seconds);
  const name = DAYS[lang][t.day]!;
  return lang === 'zh' ? `${t.mo}月${t.d}日 ${name}` : `${name} ${t.d} ${MONTHS[t.mo - 1]!}`;
}

/** "12月1日 周二 08:00" / "Tue 1 Dec 08:00" */
export function instant(seconds: bigint | number, lang: Lang): string {
  return `${day(seconds, lang)} ${clock(seconds)}`;
}

/** The value of an input of type datetime-local. */
export function toInput(seconds: number): string {
  const t = local(seconds);
  return `${t.y}-${two(t.mo)}-${two(t.d)}T${two(t.h)}:${two(t.mi)}`;
}

/** UTC seconds of a local time written "2026-12-01T08:00"; undefined when it is none. */
export function fromInput(text: string): number | undefined {
  const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::\d\d)?$/.exec(text);
  if (!m) return undefined;
  const t = Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3]), Number(m[4]), Number(m[5])) / 1000;
  return Number.isFinite(t) ? t - ZONE_S : undefined;
}

/** 08:00 local time so many days after now. */
export function morning(nowS: number, days: number): number {
  return Math.floor((nowS + ZONE_S) / 86400) * 86400 - ZONE_S + 8 * 3600 + days * 86400;
}

export function percent(v: number, lang: Lang, digits = 1): string {
  return `${number(v * 100, lang, digits)} %`;
}

export function bytes(v: bigint | number, lang: Lang): string {
  const n = Number(v);
  if (n >= 1 << 30) return `${number(n / (1 << 30), lang, 1)} GiB`;
  return n >= 1 << 20 ? `${number(n / (1 << 20), lang, 1)} MiB` : `${number(n / 1024, lang)} KiB`;
}
