import { describe, expect, it } from 'vitest';
import { toCsv } from '../src/lib/csv';
import * as f from '../src/lib/format';
import { boundsOf, cutLine, distanceM, greatCircle } from '../src/lib/geo';
import { idsOf } from '../src/lib/ids';
import { linearScale, niceStep, paretoFront, spread } from '../src/lib/pareto';
import { decodePolyline, encodePolyline, type Position } from '../src/lib/polyline';
import { parseMetrics, quantile } from '../src/lib/prometheus';

describe('polyline', () => {
  it('reads and writes the published example', () => {
    const points: Position[] = [[-120.2, 38.5], [-120.95, 40.7], [-126.453, 43.252]];
    expect(decodePolyline('_p~iF~ps|U_ulLnnqC_mqNvxq`@')).toEqual(points);
    expect(encodePolyline(points)).toBe('_p~iF~ps|U_ulLnnqC_mqNvxq`@');
  });
  it('refuses half a number', () => expect(() => decodePolyline('_p~iF~ps|')).toThrow(RangeError));
  it('survives a round trip of random points', () => {
    let seed = 7;
    const next = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const points = Array.from({ length: 500 }, (): Position => [Math.round((next() * 360 - 180) * 1e5) / 1e5, Math.round((next() * 180 - 90) * 1e5) / 1e5]);
    expect(decodePolyline(encodePolyline(points))).toEqual(points);
  });
});

describe('geo', () => {
  it('measures a degree of the meridian', () => expect(distanceM([0, 0], [0, 1])).toBeCloseTo(111195.08, 1));
  it('flies over the pole side, not along the parallel', () => {
    const line = greatCircle([114, 30], [-118, 34]);
    expect(Math.max(...line.map((p) => p[1]))).toBeGreaterThan(50);
    expect(line[0]![0]).toBeCloseTo(114);
    for (let i = 1; i < line.length; i++) expect(Math.abs(line[i]![0] - line[i - 1]![0])).toBeLessThan(180);
  });
  it('cuts a service between two stops', () => {
    const line: Position[] = [[0, 0], [1, 1], [2, 0], [3, 1], [4, 0]];
    expect(cutLine(line, [1, 1], [3, 1])).toEqual([[1, 1], [2, 0], [3, 1]]);
    expect(cutLine(line, [3, 1], [1, 1])).toEqual([[3, 1], [1, 1]]);
  });
  it('bounds', () => expect(boundsOf([[[1, 5], [3, 2]], [[2, 9]]])).toEqual({ west: 1, east: 3, south: 2, north: 9 }));
});

describe('pareto', () => {
  it('keeps what nothing beats', () => {
    expect(paretoFront([[1, 9], [2, 5], [3, 6], [4, 1], [2, 5]])).toEqual([true, true, false, true, true]);
  });
  it('agrees with the definition on random points', () => {
    let seed = 3;
    const next = (): number => (seed = (seed * 48271) % 2147483647) % 6;
    for (let round = 0; round < 50; round++) {
      const p = Array.from({ length: 12 }, () => [next(), next(), next()]);
      paretoFront(p).forEach((kept, i) => {
        const beaten = p.some((q) => q.every((v, k) => v <= p[i]![k]!) && q.some((v, k) => v < p[i]![k]!));
        expect(kept).toBe(!beaten);
      });
    }
  });
  it('parts dots that lie on each other and leaves the others', () => {
    const box = { left: 0, right: 300, top: 0, bottom: 200 };
    const points = [[10, 10], [10, 10], [10, 10], [12, 11], [200, 100], [299, 199], [299, 199]] as const;
    const out = spread(points, 15, box);
    for (let i = 0; i < out.length; i++) {
      const [x, y] = out[i]!;
      expect(x >= 0 && x <= 300 && y >= 0 && y <= 200).toBe(true);
      for (let k = 0; k < i; k++) expect(Math.hypot(x - out[k]![0], y - out[k]![1])).toBeGreaterThan(14);
    }
    expect(out[4]).toEqual([200, 100]);
    expect(spread(points, 15, box)).toEqual(out);
  });
  it('makes round ticks that cover', () => {
    const s = linearScale([103, 977], 0, 100, 6);
    expect(s.ticks).toEqual([200, 400, 600, 800, 1000]);
    expect(s(103)).toBeGreaterThan(0);
    expect(s(977)).toBeLessThan(100);
    expect([niceStep(0.3), niceStep(7), niceStep(20), niceStep(21)]).toEqual([0.5, 10, 20, 50]);
  });
  it('scales one value alone', () => expect(linearScale([5, 5], 0, 10, 4)(5)).toBeCloseTo(5));
});

describe('format', () => {
  it('tells the ticks of an axis from each other', () => {
    const ticks = (low: number, step: number, lang: 'zh' | 'en'): string[] => [0, 1, 2].map((i) => f.moneyTick(low + i * step, step, lang));
    expect(ticks(40000, 1000, 'zh')).toEqual(['400', '410', '420']);
    expect(ticks(10000000, 5000000, 'zh')).toEqual(['10万', '15万', '20万']);
    expect(ticks(1230000, 20000, 'zh')).toEqual(['1.23万', '1.25万', '1.27万']);
    expect(ticks(95000, 5000, 'en')).toEqual(['950', '1k', '1.05k']);
    expect([f.timeTick(86400), f.timeTick(86400 + 8 * 3600 + 900)]).toEqual(['1/2', '08:15']);
  });
  it('writes money to the fen', () => {
    expect(f.money(8096117n, 'en')).toBe('¥80,961.17');
    expect(f.money(-5n, 'en')).toBe('−¥0.05');
    expect(f.moneyShort(8096117n, 'zh')).toBe('¥80,961');
    expect(f.yuanLarge(7508000000, 'zh')).toBe('¥75.08 亿');
    expect(f.yuanLarge(7508000000, 'en')).toBe('¥7.51 bn');
  });
  it('writes local time whatever the zone of the machine', () => {
    const t = 1796083200; // 2026-12-01 08:00 in Shanghai
    expect(f.instant(t, 'en')).toBe('Tue 1 Dec 08:00');
    expect(f.instant(t, 'zh')).toBe('12月1日 周二 08:00');
    expect(f.toInput(t)).toBe('2026-12-01T08:00');
    expect(f.fromInput('2026-12-01T08:00')).toBe(t);
    expect(f.fromInput('yesterday')).toBeUndefined();
    expect(f.morning(t - 3600, 3)).toBe(t + 3 * 86400);
  });
  it('writes durations', () => {
    expect(f.duration(86400 + 4 * 3600, 'zh')).toBe('1 天 4 小时');
    expect(f.duration(3 * 3600 + 120, 'en')).toBe('3 h 2 min');
    expect(f.duration(-600, 'en')).toBe('−10 min');
    expect(f.duration(0, 'en')).toBe('0 min');
  });
  it('writes masses of CO2', () => {
    expect(f.co2(14041535n, 'en')).toBe('14 t');
    expect(f.co2(4886244n, 'en')).toBe('4,886 kg');
  });
});

describe('prometheus', () => {
  const text = '# HELP x y\nzh_a{method="R/F",le="+Inf"} 4\nzh_b 7.5\nbad line here\nzh_c{q="a\\"b"} 1\n';
  it('reads samples', () => {
    const s = parseMetrics(text);
    expect(s).toHaveLength(3);
    expect(s[0]).toEqual({ name: 'zh_a', labels: { method: 'R/F', le: '+Inf' }, value: 4 });
    expect(s[2]!.labels['q']).toBe('a"b');
  });
  it('finds quantiles', () => {
    const b = [{ le: 1, count: 50 }, { le: 2, count: 100 }, { le: Infinity, count: 100 }];
    expect(quantile(b, 0.5)).toBe(1);
    expect(quantile(b, 0.75)).toBe(1.5);
    expect(quantile([{ le: 1, count: 0 }], 0.5)).toBeUndefined();
    expect(quantile([{ le: 1, count: 0 }, { le: Infinity, count: 3 }], 0.9)).toBe(1);
  });
});

describe('csv', () => {
  it('quotes what needs it', () => expect(toCsv(['a', 'b'], [['x,y', 'say "hi"'], [1, 2n]])).toBe('\ufeffa,b\r\n"x,y","say ""hi"""\r\n1,2\r\n'));
});

describe('ids', () => it('takes numbers once and nothing else', () => expect(idsOf('12, 7，x 12 3.5 -4 0 99999999999999999999')).toEqual(['12', '7', '0'])));
