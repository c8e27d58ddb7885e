/* version.h - the release and the wire protocol that it speaks. */
#ifndef ZH_SERVER_VERSION_H
#define ZH_SERVER_VERSION_H

#define ZONGHENG_VERSION "0.1.0"
enum { PROTOCOL_VERSION = 1 };

#endif
