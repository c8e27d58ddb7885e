import { describe, expect, it } from 'vitest';
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
