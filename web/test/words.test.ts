import { create } from '@bufbuild/protobuf';
import { Family, FindRoutesRequestSchema, NotOfferedSchema, OptionSchema } from '@gen/routing_pb';
import { afterEach, describe, expect, it } from 'vitest';
import { badgesOf } from '../src/dispatch/badges';
import { limitText, margins } from '../src/dispatch/reasons';
import { half, lang } from '../src/i18n';
import { basis, said } from '../src/i18n/said';

const LETTERS = /[a-z]{4,}/; // an English word left over
afterEach(() => (lang.value = 'zh'));

describe('sentences of the daemon', () => {
  it('are Chinese where they are known, and marked where not', () => {
    lang.value = 'zh';
    expect(said('place "Atlantis" is not in network 8fd2f360')).toEqual({ text: '路网里没有地点“Atlantis”', english: false });
    expect(said('destination: place "Da" is not in network 8fd2f360; did you mean 大冶市, 大冶站').text).toBe('路网里没有地点“Da”，是不是：大冶市, 大冶站');
    expect(said('the moon is full').english).toBe(true);
    expect(said('没有').english).toBe(false);
    lang.value = 'en';
    expect(said('the moon is full')).toEqual({ text: 'the moon is full', english: false });
  });
  it('word every kind of basis and rate', () => {
    lang.value = 'zh';
    for (const text of [
      '10 trucks x 10.970 km', '1 truck x 0.201 h', '10 trucks', '10 trucks x 352.230 km back empty with the boxes to their depot', '1 truck x 3.000 km back empty', '18000000 yuan and 260.000 t x 71.556 h',
      '10.000 TEU', '10.000 20-ft box x 36.600 km', '10 trucks, class 6', '2 cooling units x 3.000 h', '3.000 TEU-days from day 4 of the stay', '800.000 kg, chargeable by volume; actual 700 kg',
      '100.000 kg, declared for the break of 100 kg; actual 90 kg', '1.000 shipment', '0.004886 t CO2e', '60.0 % of 3.200 yuan/km', '5.0 %/year + 0.000 yuan/t/h', '12.000 yuan/40-ft box', '1.000 yuan/kg, at least 60.00 yuan',
      '20.000 yuan/TEU + 0.210000 yuan/TEU/km', '30.000 yuan/truck', '2.000 yuan/TEU/day',
    ]) {
      const s = basis(text);
      expect(s.english, s.text).toBe(false);
      expect(s.text.replace(/TEU|CO2e/g, '')).not.toMatch(LETTERS);
      expect(s.text.match(/[\d.]+/g)!.sort()).toEqual(text.match(/[\d.]+/g)!.sort()); // no figure is lost
    }
  });
});

describe('half', () =>
  it('takes the language of the page, sentence by sentence', () => {
    const text = '甲 1 · one; still one; 系数 factor 3; 乙 · two';
    lang.value = 'zh';
    expect(half(text)).toBe('甲 1; 系数 factor 3; 乙');
    lang.value = 'en';
    expect(half(text)).toBe('one; still one; 系数 factor 3; two');
    expect(half('nothing · here')).toBe('nothing · here');
  }));

describe('why a family lost', () => {
  const request = create(FindRoutesRequestSchema, { cargo: { containers: [{ isoType: '22G1', count: 1 }], temperature: { minC: 0, maxC: 4 } } });
  it('is said from data, whole, in both languages', () => {
    const names = ['cargo_form', 'temperature_control', 'dangerous_goods', 'dangerous_class', 'capacity', 'truck_distance', 'deliver_by', 'timetable', 'temperature', 'piece_mass', 'piece_length', 'piece_width', 'piece_height'];
    const units: Record<string, string> = { dangerous_class: 'class', capacity: '1/1000 TEU', truck_distance: 'm', deliver_by: 's', timetable: 'day', temperature: 'C', piece_mass: 'kg', piece_length: 'cm', piece_width: 'cm', piece_height: 'cm' };
    for (const l of ['zh', 'en'] as const)
      for (const limit of names) {
        lang.value = l;
        const text = limitText(create(NotOfferedSchema, { limit, limitValue: 20420n, askedValue: 20500n, limitUnit: units[limit] ?? '', limitOf: 'Z1' }), request);
        expect(text).not.toMatch(/\{|undefined|NaN/);
        expect(text.length).toBeGreaterThan(5);
        if (l === 'zh') expect(text.replace(/TEU|CO₂e/g, '')).not.toMatch(LETTERS);
      }
    expect(limitText(create(NotOfferedSchema, {}), request)).toBe('');
  });
  it('has margins only where it falls behind', () => {
    expect(margins(create(NotOfferedSchema, { laterS: 3600n, dearerFen: -100n, dirtierG: 0n }))).toHaveLength(1);
  });
});

describe('badges', () => {
  const option = (family: Family, arriveAt: bigint, totalFen: bigint, co2WtwG: bigint) => create(OptionSchema, { family, arriveAt, totalFen, co2WtwG });
  it('are of all options, and of a family only when it has more than one', () => {
    lang.value = 'en';
    const b = badgesOf([option(Family.ROAD, 10n, 90n, 90n), option(Family.RAIL_ROAD, 20n, 50n, 40n), option(Family.RAIL_ROAD, 30n, 60n, 30n), option(Family.ROAD_WATER, 40n, 20n, 30n)], false);
    expect(b.map((x) => x.best)).toEqual([['earliest arrival'], [], ['lowest emissions'], ['lowest cost', 'lowest emissions']]);
    expect(b.map((x) => x.family)).toEqual([[], ['earliest arrival of Rail-road', 'lowest cost of Rail-road'], [], []]);
  });
});
