#include "connect.h"

#include "json.h"

#include "zongheng/v1/wire.pb-c.h"

#include <stdio.h>
#include <string.h>

const char *connect_code_name(enum err_code code)
{
    static const char *const known[] = {
        "ok",        "canceled",       "unknown",           "invalid_argument",   "deadline_exceeded",
        "not_found", "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
        "aborted",   "out_of_range",   "unimplemented",     "internal",           "unavailable",
        "data_loss", "unauthenticated"};
    return (unsigned)code < sizeof known / sizeof known[0] ? known[code] : "unknown";
}

int connect_http_status(enum err_code code)
{
    static const int status[] = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                                 400, 409, 400, 501, 500, 503, 500, 401};
    return (unsigned)code < sizeof status / sizeof status[0] ? status[code] : 500;
}

static bool put_text(struct bytes *out, const char *s)
{
    return bytes_add(out, s, strlen(s));
}

static bool put_details(const Zongheng__V1__StatusDetails *d, struct bytes *out)
{
    uint8_t packed[ERR_FIELD_MAX + 32];
    size_t n = zongheng__v1__status_details__pack(d, packed);
    return put_text(out, ",\"details\":[{\"type\":\"zongheng.v1.StatusDetails\",\"value\":\"") &&
           bytes_add_base64(out, packed, n, false) && put_text(out, "\",\"debug\":") &&
           json_write_message(&d->base, 0, out, NULL) && put_text(out, "}]");
}

bool connect_put_error(const struct err *e, uint32_t retry_after_ms, bool within, struct bytes *out)
{
    Zongheng__V1__StatusDetails details = ZONGHENG__V1__STATUS_DETAILS__INIT;
    details.field = (char *)(uintptr_t)e->field;
    details.retry_after_ms = retry_after_ms;
    bool more = e->field[0] != '\0' || retry_after_ms != 0;
    return put_text(out, within ? "{\"error\":{\"code\":\"" : "{\"code\":\"") &&
           put_text(out, connect_code_name(e->code)) && put_text(out, "\",\"message\":") &&
           json_write_string(e->text, out) && (!more || put_details(&details, out)) &&
           put_text(out, within ? "}}" : "}");
}

void connect_put_envelope(uint8_t head[CONNECT_ENVELOPE], uint8_t flags, uint32_t len)
{
    head[0] = flags;
    head[1] = (uint8_t)(len >> 24);
    head[2] = (uint8_t)(len >> 16);
    head[3] = (uint8_t)(len >> 8);
    head[4] = (uint8_t)len;
}
