"""Requests over HTTP as bytes: clear ones, and 41 that can be read in two ways (tests of HTTP share them)."""
PATH = b"/zongheng.v1.Routing/FindPlaces"
BODY = b'{"query":"ehu"}'


def request(head=b"", body=BODY, line=b"POST " + PATH + b" HTTP/1.1", host=b"Host: a\r\n", length=None, kind=b"Content-Type: application/json\r\n"):
    if length is None:
        length = b"Content-Length: %d\r\n" % len(body)
    return line + b"\r\n" + host + kind + length + head + b"\r\n" + body


GOOD = request()
CHUNKED = b"Transfer-Encoding: chunked\r\n"
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def chunks(*parts, last=b"0\r\n\r\n"):
    return b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in parts) + last

# 41 ways to be unclear: what comes first, and that nothing behind it is read as a request.
AMBIGUOUS = {
    "two equal lengths": request(length=b"Content-Length: 15\r\nContent-Length: 15\r\n"),
    "two contradicting lengths": request(length=b"Content-Length: 15\r\nContent-Length: 0\r\n"),
    "a list of lengths": request(length=b"Content-Length: 15, 15\r\n"),
    "a length with a sign": request(length=b"Content-Length: +15\r\n"),
    "a negative length": request(length=b"Content-Length: -1\r\n"),
    "a hexadecimal length": request(length=b"Content-Length: 0xf\r\n"),
    "a length with a blank inside": request(length=b"Content-Length: 1 5\r\n"),
    "an empty length": request(length=b"Content-Length: \r\n"),
    "a length beyond 64 bits": request(length=b"Content-Length: 18446744073709551631\r\n"),
    "length and coding": request(head=CHUNKED, body=chunks(BODY), length=b"Content-Length: 4\r\n"),
    "coding and length": request(head=b"Content-Length: 4\r\n", body=chunks(BODY), length=CHUNKED),
    "an unknown coding": request(length=b"Transfer-Encoding: cow\r\n", body=chunks(BODY)),
    "chunked before another coding": request(length=b"Transfer-Encoding: chunked, identity\r\n", body=chunks(BODY)),
    "another coding before chunked": request(length=b"Transfer-Encoding: gzip, chunked\r\n", body=chunks(BODY)),
    "two codings": request(length=CHUNKED + b"Transfer-Encoding: identity\r\n", body=chunks(BODY)),
    "a coding with a tab in its name": request(length=b"Transfer-Encoding\t: chunked\r\n", body=chunks(BODY)),
    "a coding of HTTP/1.0": request(line=b"POST " + PATH + b" HTTP/1.0", length=CHUNKED, body=chunks(BODY)),
    "a chunk size with a prefix": request(length=CHUNKED, body=b"0xf\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size with a sign": request(length=CHUNKED, body=b"+f\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size with a blank": request(length=CHUNKED, body=b"f \r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size that overflows": request(length=CHUNKED, body=b"1000000000000000f\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk extension": request(length=CHUNKED, body=b"f;a=b\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size ended by a bare LF": request(length=CHUNKED, body=b"f\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk longer than its size": request(length=CHUNKED, body=b"e\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk that ends in a bare LF": request(length=CHUNKED, body=b"f\r\n" + BODY + b"\n0\r\n\r\n"),
    "a trailer": request(length=CHUNKED, body=chunks(BODY, last=b"0\r\nContent-Length: 9\r\n\r\n")),
    "a folded header": request(head=b"X: 1\r\n Content-Length: 0\r\n"),
    "a blank before the colon": request(head=b"X : 1\r\n"),
    "an empty header name": request(head=b": 1\r\n"),
    "a header without a colon": request(head=b"nothing\r\n"),
    "a bare LF": request().replace(b"Host: a\r\n", b"Host: a\n"),
    "a bare CR in a value": request(head=b"X: 1\rY: 2\r\n"),
    "NUL in a value": request(head=b"X: 1\0002\r\n"),
    "no Host": request(host=b""),
    "two Hosts": request(host=b"Host: a\r\nHost: b\r\n"),
    "a Host with a path": request(host=b"Host: a/b\r\n"),
    "an absolute target": request(line=b"POST http://b" + PATH + b" HTTP/1.1"),
    "an escape in the path": request(line=b"GET /index%00.html HTTP/1.1", body=b"", length=b""),
    "a way up": request(line=b"GET /../etc/passwd HTTP/1.1", body=b"", length=b""),
    "a version beyond 32 bits": request(line=b"POST " + PATH + b" HTTP/4294967297.1"),
    "a body of GET": request(line=b"GET /healthz HTTP/1.1"),
}
