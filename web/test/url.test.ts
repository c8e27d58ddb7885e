import { describe, expect, it } from 'vitest';
import { half, lang } from '../src/i18n';
import { formatAddress, parseAddress } from '../src/state/url';

describe('address', () => {
  it('survives a round trip', () => {
    const a = parseAddress('#/shipments/ZH%2F1?from=大冶&at=30.1,115&empty=');
    expect(a.view).toBe('shipments');
    expect(a.rest).toEqual(['ZH/1']);
    expect(a.query.get('from')).toBe('大冶');
    expect(parseAddress(formatAddress(a)).query.get('at')).toBe('30.1,115');
    expect(formatAddress(a)).toContain('at=30.1,115');
    expect(formatAddress(a)).not.toContain('empty');
  });
  it('takes nonsense for the first view', () => {
    expect(parseAddress('').view).toBe('dispatch');
    expect(parseAddress('#/nowhere/%E0%A4%A?x').view).toBe('dispatch');
  });
});

describe('texts in both languages', () => {
  it('are halved, others are not', () => {
    lang.value = 'zh';
    expect(half('造价 +20% · cost +20 %')).toBe('造价 +20%');
    lang.value = 'en';
    expect(half('造价 +20% · cost +20 %')).toBe('cost +20 %');
    expect(half('cargo · leg 2')).toBe('cargo · leg 2');
    expect(half('大冶 · 上海')).toBe('大冶 · 上海');
  });
});
