import { create } from '@bufbuild/protobuf';
import { AppraiseReplySchema } from '@gen/planning_pb';
import { afterEach, describe, expect, it } from 'vitest';
import { lang } from '../src/i18n';
import { said } from '../src/i18n/said';
import { nameOfFile, textFile } from '../src/lib/textfile';
import { demandSpec, forgetResults, keepResult, keptResult } from '../src/plan/chosen';
import { demandOfResult } from '../src/plan/demandchoice';

afterEach(() => (lang.value = 'zh'));

describe('a table that was chosen', () => {
  const gbk = new Uint8Array([...new TextEncoder().encode('o,d,volume\n'), 0xb4, 0xf3, 0xd2, 0xb1, ...new TextEncoder().encode(',EHU,40\n')]); // 大冶
  it('is sent as it is when it is UTF-8, with its mark', async () => {
    const file = new Blob(['\ufeffo,d,volume\n大冶,EHU,40\n']);
    expect(await textFile(file)).toEqual({ blob: file, from: 'utf-8' });
  });
  it('is converted from GB 18030', async () => {
    const t = await textFile(new Blob([gbk]));
    expect(t?.from).toBe('gb18030');
    expect(await t?.blob.text()).toBe('o,d,volume\n大冶,EHU,40\n');
  });
  it('is converted with a character over the edge of a step', async () => {
    const long = 'a'.repeat((1 << 20) - 1);
    expect((await textFile(new Blob([`${long}中`])))?.from).toBe('utf-8');
    expect(await (await textFile(new Blob([long, new Uint8Array([0xd6, 0xd0])])))?.blob.text()).toBe(`${long}中`);
  });
  it('is refused when it is neither', async () => {
    expect(await textFile(new Blob([new Uint8Array([0xff, 0xfe, 0x6f, 0x00])]))).toBeUndefined();
  });
  it('gives a name', () => {
    expect(nameOfFile('counts 2026.v2.csv')).toBe('counts-2026-v2');
    expect(nameOfFile('货运.csv')).toBe('');
  });
});

describe('the chosen demand', () => {
  it('is a name with or without its version', () => {
    expect(demandSpec('od-1@12')).toEqual({ name: 'od-1', version: 12 });
    expect(demandSpec('od')).toEqual({ name: 'od', version: 0 });
    expect(demandSpec('')).toEqual({ name: '', version: 0 });
    expect(demandSpec('od@99999999999')).toEqual({ name: 'od@99999999999', version: 0 }); // the daemon says that there is none
  });
  it('is part of what a kept result is of, until it is put anew or deleted', () => {
    const [one, two] = [create(AppraiseReplySchema), create(AppraiseReplySchema)];
    keepResult('', 'project-P02', '', one);
    keepResult('', 'project-P02', 'od@1', two);
    expect(keptResult('', 'project-P02', '')).toBe(one);
    expect(keptResult('', 'project-P02', 'od@1')).toBe(two);
    expect(keptResult('', 'project-P02', 'od@2')).toBeUndefined();
    forgetResults('od');
    expect(keptResult('', 'project-P02', 'od@1')).toBeUndefined();
    expect(keptResult('', 'project-P02', '')).toBe(one);
  });
  it('is named by its result', () => {
    lang.value = 'en';
    expect(demandOfResult('od@3 0123456789abcdef')).toBe('od, version 3 · 01234567');
    expect(demandOfResult('0123456789abcdef')).toBe('Bundled demand · 01234567');
  });
});

describe('what is wrong with a table', () => {
  it('is said in Chinese', () => {
    lang.value = 'zh';
    for (const text of ['the origin is empty', 'the volume "x" is not a number from 0 to 1e+12', 'row has 2 fields, the header 3', 'mass_kg "x" is not a whole number from 1 to 1000000000', 'node 99 is not in the network', 'demand has no column "o"', 'another version has been put: the newest is 7', 'there is no demand of this name and version; ListDemands tells which there are'])
      expect(said(text), text).toMatchObject({ english: false });
    expect(said('the volume "x" is not a number from 0 to 1e+12').text).toBe('数量“x”不是 0 到 1e+12 的数');
  });
});
