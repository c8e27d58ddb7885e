/** RFC 4180 with a byte-order mark, so that spreadsheets read Chinese. */
export function toCsv(head: readonly string[], rows: readonly (readonly (string | number | bigint)[])[]): string {
  const field = (v: string | number | bigint): string => {
    const s = String(v);
    return /[",\r\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s;
  };
  return '\ufeff' + [head, ...rows].map((r) => r.map(field).join(',')).join('\r\n') + '\r\n';
}

/** Lets the browser save text as a file. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
