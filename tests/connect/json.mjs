// The daemon's JSON mapping beside protobuf-es on random messages of every request and reply: each reads what the other
// writes. Arguments: the filter (tests/connect/json_filter.c), folder of the generated files, rounds. Ends with status 1 at
// the first difference.
import { create, equals, fromBinary, fromJsonString, ScalarType, toBinary, toJsonString } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [filter, gen, rounds] = process.argv.slice(2);
const files = Object.assign({}, ...(await Promise.all(readdirSync(gen).filter((f) => f.endsWith(".js")).map((f) => import(pathToFileURL(`${gen}/${f}`))))));
const kinds = new Set(Object.values(files).filter((x) => x?.kind === "service").flatMap((s) => s.methods.flatMap((m) => [m.input, m.output])));

let seed = 20261126;
const below = (n) => (seed = (seed * 48271) % 2147483647) % n;
const pick = (list) => list[below(list.length)];
const TEXTS = ["", "大冶", 'a"b\\c\n\t\u0001\u007f', "/</script>", "😀é", "\u2028", "x".repeat(300)];
const SMALL = { [ScalarType.INT32]: -1, [ScalarType.SINT32]: -1, [ScalarType.SFIXED32]: -1, [ScalarType.UINT32]: 0, [ScalarType.FIXED32]: 0 };

function scalar(type) {
  if (type === ScalarType.STRING) return pick(TEXTS);
  if (type === ScalarType.BYTES) return Uint8Array.from({ length: below(20) }, () => below(256));
  if (type === ScalarType.BOOL) return below(2) === 1;
  if (type === ScalarType.DOUBLE) return pick([0, -0, 1e308, 5e-324, -1.5, 0.1, below(1e9) / 7]); // finite: the daemon refuses others;
  if (type === ScalarType.FLOAT) return pick([0, -1.5, 0.5]);
  if (type in SMALL) return pick([0, 1, SMALL[type] < 0 ? -2147483648 : 4294967295, 2147483647, below(1e6)]);
  const unsigned = type === ScalarType.UINT64 || type === ScalarType.FIXED64;
  return pick(unsigned ? [0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n] : [0n, -1n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n]);
}

function one(field, depth) {
  if (field.message) return reflect(field.message, fill(field.message, depth + 1));
  return field.enum ? pick(field.enum.values).number : scalar(field.scalar);
}

function fill(schema, depth = 0) {
  const m = create(schema);
  const r = reflect(schema, m);
  for (const member of schema.members) {
    const field = member.kind === "oneof" ? pick(member.fields) : member;
    if (below(10) < (depth < 3 ? 4 : 8) || (field.message && depth > 4)) continue;
    if (field.fieldKind === "list") {
      const list = r.get(field);
      for (let n = below(4); n > 0; n--) list.add(field.listKind === "message" ? one({ message: field.message }, depth) : one(field.listKind === "enum" ? { enum: field.enum } : { scalar: field.scalar }, depth));
    } else r.set(field, one(field, depth));
  }
  return m;
}

const child = spawn(filter, { stdio: ["pipe", "pipe", "inherit"] });
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
async function ask(way, name, bytes) {
  child.stdin.write(`${way} ${name} ${Buffer.from(bytes).toString("hex")}\n`);
  const said = (await lines.next()).value;
  return said.startsWith("ok ") ? Buffer.from(said.slice(3), "hex") : said;
}

let compared = 0;
for (const schema of kinds)
  for (let i = 0; i < Number(rounds); i++) {
    const m = fill(schema);
    const wire = toBinary(schema, m);
    const text = await ask("json", schema.name, wire);
    assert(Buffer.isBuffer(text), `${schema.name}: ${text}`);
    assert(equals(schema, fromJsonString(schema, text.toString()), m), `${schema.name}: protobuf-es reads something else in ${text}`);
    for (const options of [{}, { useProtoFieldName: true }, { enumAsInteger: true }, { alwaysEmitImplicit: true }]) {
      const back = await ask("wire", schema.name, toJsonString(schema, m, options));
      if (back === "no RESOURCE_EXHAUSTED") continue; // more than one request may hold
      assert(Buffer.isBuffer(back), `${schema.name}: ${back}`);
      assert.deepEqual(Buffer.from(toBinary(schema, fromBinary(schema, back))), Buffer.from(wire), `${schema.name}: ours reads something else`);
      compared++;
    }
  }
child.stdin.end();
console.log(JSON.stringify({ kinds: kinds.size, compared }));
