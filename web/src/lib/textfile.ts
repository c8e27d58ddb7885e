/** A table that a planner chose, as what is sent: UTF-8. */
export interface TextFile {
  blob: Blob;
  from: 'utf-8' | 'gb18030'; // what the file was in
}

const STEP = 1 << 20;

/** The file's text piece by piece; throws a TypeError at the first bytes that are none in this encoding. */
async function* decoded(file: Blob, encoding: TextFile['from']): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  for (let at = 0; at < file.size; at += STEP) yield decoder.decode(await file.slice(at, at + STEP).arrayBuffer(), { stream: true });
  yield decoder.decode();
}

async function isUtf8(file: Blob): Promise<boolean> {
  try {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars
    for await (const _ of decoded(file, 'utf-8')) continue;
  } catch (e) {
    if (e instanceof TypeError) return false;
    throw e;
  }
  return true;
}

/**
 * The file as it is when it is UTF-8; one in GB 18030, as spreadsheets in China save it, converted; undefined for what is
 * neither. Throws what the browser says when the file cannot be read.
 */
export async function textFile(file: Blob): Promise<TextFile | undefined> {
  if (await isUtf8(file)) return { blob: file, from: 'utf-8' };
  const pieces: string[] = [];
  try {
    for await (const text of decoded(file, 'gb18030')) pieces.push(text);
  } catch (e) {
    if (e instanceof TypeError) return undefined;
    throw e;
  }
  return { blob: new Blob(pieces), from: 'gb18030' };
}

/** A demand's name from a file's: what is not allowed becomes "-". */
export const nameOfFile = (name: string): string => name.replace(/\.[^.]*$/, '').replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 64);
