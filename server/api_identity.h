/* api_identity.h - service Identity: firms, users and tokens for the operator. The right is checked twice: by
 * the method table, and by each SQL function, which wants the hash of a living operator's token. */
#ifndef ZH_SERVER_API_IDENTITY_H
#define ZH_SERVER_API_IDENTITY_H

#include "handler.h"

void api_identity_add_firm(struct call *c, const ProtobufCMessage *request);
void api_identity_list_firms(struct call *c, const ProtobufCMessage *request);
void api_identity_add_user(struct call *c, const ProtobufCMessage *request);
void api_identity_list_users(struct call *c, const ProtobufCMessage *request);
void api_identity_add_token(struct call *c, const ProtobufCMessage *request);
void api_identity_list_tokens(struct call *c, const ProtobufCMessage *request);
void api_identity_revoke_token(struct call *c, const ProtobufCMessage *request);

/* What other questions to zh's own SQL functions share. The loop's database; NULL: the call has been ended.
 */
struct db;
struct db_result;
struct db *identity_db(struct call *c);
/* Whether there are rows to read; otherwise the call has been ended with what the functions say (ZH0..). */
bool identity_came(struct call *c, const struct db_result *r);

#endif
