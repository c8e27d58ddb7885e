#!/usr/bin/python3
"""The JSON mapping beside Google's own (python3-protobuf), on random messages of every request and reply: each reads what
the other writes, and what ours takes of broken JSON, the other takes and understands the same."""
import json, math, pathlib, random, struct, subprocess, sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor as F

ROUNDS, BROKEN = 20, 40
filter_ = subprocess.Popen([str(zh.BUILD / "json_filter")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
rng = random.Random(11)


def ask(way, name, data):
    filter_.stdin.write(f"{way} {name} {data.hex()}\n")
    filter_.stdin.flush()
    said = filter_.stdout.readline().rstrip("\n")
    return (bytes.fromhex(said[3:]), None) if said.startswith("ok ") else (None, said[3:])


def messages():
    out = {}
    for name in sorted((zh.ROOT / "proto" / "zongheng" / "v1").glob("*.proto")):
        __import__(f"zongheng.v1.{name.stem}_pb2")
        for service in descriptor_pool.Default().FindFileByName(f"zongheng/v1/{name.name}").services_by_name.values():
            for m in service.methods:
                for d in (m.input_type, m.output_type):
                    out[d.name] = message_factory.MessageFactory().GetPrototype(d)
    return out


RANGES = {F.TYPE_INT32: (-2**31, 2**31 - 1), F.TYPE_SINT32: (-2**31, 2**31 - 1), F.TYPE_SFIXED32: (-2**31, 2**31 - 1),
          F.TYPE_UINT32: (0, 2**32 - 1), F.TYPE_FIXED32: (0, 2**32 - 1), F.TYPE_INT64: (-2**63, 2**63 - 1), F.TYPE_SINT64: (-2**63, 2**63 - 1),
          F.TYPE_SFIXED64: (-2**63, 2**63 - 1), F.TYPE_UINT64: (0, 2**64 - 1), F.TYPE_FIXED64: (0, 2**64 - 1)}
TEXTS = ["", "大冶", "a\"b\\c\n\t\r\b\f\x01\x7f", "/</script>", "😀é", "\u2028", "x" * 300]


def value(f):
    if f.type in RANGES:
        low, high = RANGES[f.type]
        return rng.choice([low, high, 0, 1, high // 2 + 1, rng.randint(low, high)])
    if f.type in (F.TYPE_DOUBLE, F.TYPE_FLOAT):
        while True:
            v, = rng.choice([(0.1,), (1e300 if f.type == F.TYPE_DOUBLE else 1e30,), (-0.0,), (114.95,), (5e-324,), (2.0**53 + 2,), struct.unpack("<d", rng.randbytes(8))])
            if f.type == F.TYPE_FLOAT:
                try:
                    v, = struct.unpack("<f", struct.pack("<f", v))
                except OverflowError:
                    continue
            if math.isfinite(v):
                return v
    if f.type == F.TYPE_BOOL:
        return rng.random() < 0.5
    if f.type == F.TYPE_STRING:
        return rng.choice(TEXTS)
    if f.type == F.TYPE_BYTES:
        return rng.randbytes(rng.randrange(0, 20))
    return rng.choice(f.enum_type.values).number


def fill(m, depth=0):
    for f in m.DESCRIPTOR.fields:
        if rng.random() < (0.4 if depth < 3 else 0.8):
            continue
        repeated = f.label == F.LABEL_REPEATED
        if f.type != F.TYPE_MESSAGE:
            if repeated:
                getattr(m, f.name).extend(value(f) for _ in range(rng.randrange(0, 4)))
            else:
                setattr(m, f.name, value(f))
        elif depth < 6:
            for _ in range(rng.randrange(1, 3) if repeated else 1):
                fill(getattr(m, f.name).add() if repeated else getattr(m, f.name), depth + 1)
                if not repeated:
                    getattr(m, f.name).SetInParent()
    return m


def each_reads_what_the_other_writes():
    kinds = messages()
    assert len(kinds) > 40
    for name, kind in kinds.items():
        for _ in range(ROUNDS):
            m = fill(kind())
            text, why = ask("json", name, m.SerializeToString())
            assert why is None, (name, why)
            assert json_format.Parse(text.decode(), kind()) == m, (name, text)
            want = json.loads(json_format.MessageToJson(m))
            assert same(json.loads(text), want), (name, text, want)
            for style in ({}, {"preserving_proto_field_name": True}, {"use_integers_for_enums": True}, {"including_default_value_fields": True}):
                wire, why = ask("wire", name, json_format.MessageToJson(m, **style).encode())
                if why and "RESOURCE" not in why:
                    assert json_format.MessageToJson(m).count(",") > 3000, (name, why, m)
                else:
                    assert kind.FromString(wire) == m, (name, style)


def same(a, b):
    """Equal JSON, with numbers by value."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def what_ours_takes_the_other_understands_the_same():
    taken = refused = 0
    tokens = list(b'{}[]",:0123456789.eE+-\\ \n\tnulltruefalse') + [0, 0x80, 0xC3, 0xFF]
    for name, kind in messages().items():
        if not name.endswith("Request"):
            continue
        for _ in range(BROKEN):
            text = bytearray(json_format.MessageToJson(fill(kind(), 2), indent=None).encode())
            for _ in range(rng.randrange(1, 4)):
                at = rng.randrange(len(text) + 1)
                what = rng.randrange(4)
                if what == 0:
                    text[at:at + 1] = b""
                elif what == 1:
                    text[at:at] = bytes([rng.choice(tokens)])
                elif what == 2:
                    text[at:at + 1] = bytes([rng.choice(tokens)])
                else:
                    text[at:at] = text[rng.randrange(len(text) + 1):][:rng.randrange(12)]
            wire, why = ask("wire", name, bytes(text))
            if why is not None:
                refused += 1
                assert why.startswith("INVALID_ARGUMENT"), why
                continue
            taken += 1
            assert json_format.Parse(bytes(text).decode(), kind()) == kind.FromString(wire), (name, text)
    assert taken > 20 and refused > 500, (taken, refused)


zh.run([(f.__name__, f) for f in (each_reads_what_the_other_writes, what_ours_takes_the_other_understands_the_same)])
