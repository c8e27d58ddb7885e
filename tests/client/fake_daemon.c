#include "fake_daemon.h"

#include "test.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

size_t fake_reply(uint8_t *out, size_t room, uint64_t id, uint32_t code, const char *message,
                  uint32_t retry_after_ms, const ProtobufCMessage *body)
{
    static uint8_t packed[65536];
    Zongheng__V1__Reply r = ZONGHENG__V1__REPLY__INIT;
    Zongheng__V1__Status s = ZONGHENG__V1__STATUS__INIT;
    Zongheng__V1__StatusDetails d = ZONGHENG__V1__STATUS_DETAILS__INIT;
    r.id = id;
    if (code != 0) {
        char text[256];
        snprintf(text, sizeof text, "%s", message);
        d.retry_after_ms = retry_after_ms;
        d.field = "some.field";
        s.code = code;
        s.message = text;
        s.details = &d;
        r.status = &s;
        size_t n = zongheng__v1__reply__get_packed_size(&r);
        if (n + 4 > room)
            abort();
        zongheng__v1__reply__pack(&r, out + 4);
        for (int i = 0; i < 4; i++)
            out[i] = (uint8_t)(n >> (24 - 8 * i));
        return n + 4;
    }
    if (body != NULL) {
        r.body.len = protobuf_c_message_get_packed_size(body);
        if (r.body.len > sizeof packed)
            abort();
        protobuf_c_message_pack(body, packed);
        r.body.data = packed;
    }
    size_t n = zongheng__v1__reply__get_packed_size(&r);
    if (n + 4 > room)
        abort();
    zongheng__v1__reply__pack(&r, out + 4);
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(n >> (24 - 8 * i));
    return n + 4;
}

static int read_whole(int fd, uint8_t *to, size_t n)
{
    while (n > 0) {
        ssize_t got = read(fd, to, n);
        if (got <= 0)
            return 0;
        to += got;
        n -= (size_t)got;
    }
    return 1;
}

static void serve(int fd, unsigned c, fake_answer *answer)
{
    static uint8_t in[65536], out[65536];
    for (unsigned n = 0;; n++) {
        if (!read_whole(fd, in, 4))
            return;
        size_t len = (size_t)in[0] << 24 | (size_t)in[1] << 16 | (size_t)in[2] << 8 | in[3];
        int end = 0;
        if (len > sizeof in || !read_whole(fd, in, len))
            return;
        Zongheng__V1__Request *q = zongheng__v1__request__unpack(NULL, len, in);
        if (q == NULL)
            return;
        size_t size = answer(c, n, q, out, sizeof out, &end);
        zongheng__v1__request__free_unpacked(q, NULL);
        if (send(fd, out, size, MSG_NOSIGNAL) != (ssize_t)size || end)
            return;
    }
}

void fake_start(struct fake_daemon *f, fake_answer *answer)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(listener >= 0 && bind(listener, (struct sockaddr *)&at, sizeof at) == 0 &&
          listen(listener, 16) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&at, &len) == 0);
    snprintf(f->server, sizeof f->server, "127.0.0.1:%u", ntohs(at.sin_port));
    fflush(stdout);
    f->pid = fork();
    CHECK(f->pid >= 0);
    if (f->pid == 0) {
        alarm(60); /* never outlives a test that was ended */
        for (unsigned c = 0;; c++) {
            int fd = accept(listener, NULL, NULL);
            if (fd < 0)
                _exit(1);
            serve(fd, c, answer);
            close(fd);
        }
    }
    close(listener);
}

void fake_stop(struct fake_daemon *f)
{
    kill(f->pid, SIGKILL);
    waitpid(f->pid, NULL, 0);
}
