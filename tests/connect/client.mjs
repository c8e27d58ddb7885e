// A client as npm publishes it (@connectrpc/connect-node), with messages that protoc-gen-es made from proto/, against a
// running daemon. Arguments: base URL, token, folder of the generated files. Prints one JSON object: what each method
// says to an empty request, in both codecs. Anything unexpected ends it with status 1.
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { compressionGzip, createConnectTransport } from "@connectrpc/connect-node";
import { create, toBinary } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { readdirSync } from "node:fs";

const [baseUrl, token, gen] = process.argv.slice(2);
const files = Object.assign({}, ...(await Promise.all(readdirSync(gen).map((f) => import(pathToFileURL(`${gen}/${f}`))))));
const services = Object.values(files).filter((x) => x?.kind === "service");
const bearer = (next) => (req) => (req.header.set("Authorization", `Bearer ${token}`), next(req));
const transport = (useBinaryFormat, more) =>
  createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat, interceptors: token ? [bearer] : [], ...more });

async function outcome(client, method, request, options) {
  try {
    if (method.methodKind === "server_streaming") for await (const _ of client[method.localName](request, options));
    else await client[method.localName](request, options);
    return "OK";
  } catch (e) {
    assert(e instanceof ConnectError, e);
    return Code[e.code].replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
  }
}

const said = {};
for (const binary of [false, true])
  for (const service of services) {
    const client = createClient(service, transport(binary));
    for (const method of service.methods) {
      const name = `${service.typeName}/${method.name}`.replace("zongheng.v1.", "");
      const options = method.methodKind === "server_streaming" ? { timeoutMs: 1500 } : {};
      const got = await outcome(client, method, {}, options);
      assert(!(name in said) || said[name] === got, `${name}: ${said[name]} as JSON, ${got} as protobuf`);
      said[name] = got;
    }
  }

// What a forwarder does, in both codecs, with and without gzip upwards.
const ready = BigInt(Math.floor(Date.now() / 86400000) * 86400 + 4 * 86400);
const question = { origin: { by: { case: "name", value: "大冶" } }, destination: { by: { case: "name", value: "上海" } },
  cargo: { commodity: "general", massKg: 20000n }, readyAt: ready };
for (const [i, t] of [transport(false), transport(true), transport(true, { sendCompression: compressionGzip, compressMinBytes: 0 })].entries()) {
  const routing = createClient(files.Routing, t), shipments = createClient(files.Shipments, t), session = createClient(files.Session, t);
  assert.equal((await session.hello({ protocolVersion: 1 })).role, "shipper");
  assert((await routing.findPlaces({ query: "花湖" })).places.some((p) => p.codes.includes("EHU")));
  const answer = await routing.findRoutes(question);
  const option = answer.options.find((o) => o.family === files.Family.ROAD) ?? answer.options[0];
  assert.equal(option.totalFen, option.lines.reduce((sum, l) => sum + l.amountFen, 0n));
  const parts = [];
  const ids = Array.from({ length: 200 }, () => 2000n);
  for await (const part of routing.getMatrix({ originNodeIds: ids, destinationNodeIds: ids, vehicle: { vehicleClass: 6 } })) parts.push(part);
  assert(parts.length > 1 && parts.reduce((sum, p) => sum + p.rowCount, 0) === 200);
  const wrong = await routing.findRoutes({ ...question, cargo: { massKg: -1n } }).catch((e) => e);
  assert.equal(wrong.code, Code.InvalidArgument);
  assert.equal(wrong.findDetails(files.StatusDetailsSchema)[0].field, "cargo.mass_kg");
  const seen = [];
  const abort = new AbortController();
  const watching = (async () => {
    for await (const m of shipments.watch({}, { signal: abort.signal, timeoutMs: 20000 })) {
      seen.push(...m.changes.map((c) => c.billNo));
      if (seen.length > 0) break;
    }
  })();
  await new Promise((go) => setTimeout(go, 300));
  const key = new Uint8Array(16).map(() => Math.floor(Math.random() * 256));
  const booked = await shipments.book({ key, request: question, planRef: option.planRef });
  assert(booked.billNo);
  await watching;
  assert(seen.includes(booked.billNo), "Watch shows the booking");
  assert.equal((await shipments.book({ key, request: question, planRef: option.planRef })).billNo, booked.billNo);
  assert((await shipments.list({})).shipments.some((s) => s.billNo === booked.billNo));
  const late = await shipments.watch({}, { timeoutMs: 500 })[Symbol.asyncIterator]();
  for (let n = await late.next().catch((e) => ({ done: e })); !n.done; n = await late.next().catch((e) => ({ done: e })));
}
const nobody = createClient(files.Shipments, createConnectTransport({ baseUrl, httpVersion: "1.1",
  interceptors: [(next) => (req) => (req.header.set("Authorization", "Bearer wrong"), next(req))] }));
assert.equal((await nobody.list({}).catch((e) => e)).code, Code.Unauthenticated);
process.stdout.write(JSON.stringify(said), () => process.exit(0)); // kept connections and timers would hold it
