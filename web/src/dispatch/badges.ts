import { Family, type Option } from '@gen/routing_pb';
import { code, t } from '../i18n';

/** What an option is the best in: of all that are shown, or only of its own family. */
export interface Badges {
  best: string[];
  family: string[];
}

const CRITERIA = [
  { why: 'earliest arrival', of: (o: Option): bigint => o.arriveAt },
  { why: 'lowest cost', of: (o: Option): bigint => o.totalFen },
  { why: 'lowest emissions', of: (o: Option): bigint => o.co2WtwG },
  { why: 'latest pickup', of: (o: Option): bigint => -o.latestPickup, backward: true },
] as const;

const least = (list: readonly bigint[]): bigint => list.reduce((a, b) => (b < a ? b : a));

/** Of each option; a family with a single option has nothing to be the best of. */
export function badgesOf(options: readonly Option[], backward: boolean): Badges[] {
  if (options.length < 2) return options.map(() => ({ best: [], family: [] }));
  return options.map((o) => {
    const mine = options.filter((x) => x.family === o.family);
    const out: Badges = { best: [], family: [] };
    for (const c of CRITERIA) {
      if ('backward' in c && !backward) continue;
      const word = code('why', c.why);
      if (c.of(o) === least(options.map(c.of))) out.best.push(word);
      else if (mine.length > 1 && c.of(o) === least(mine.map(c.of))) out.family.push(t('d.best.of', { what: word, family: code('family', Family[o.family]) }));
    }
    return out;
  });
}
