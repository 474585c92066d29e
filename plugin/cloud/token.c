/* Connecting with the token of a registration without pre-registration. doc: "MQTT-based dynamic registration". */
#include <string.h>

#include "connect.h"

struct token_search {
	const char *client_id, *token;
	bool pair, token_alone;
};

static int compare_token(void *ctx, const char *client_id, const char *token)
{
	struct token_search *search = ctx;

	if (strcmp(token, search->token))
		return 0;
	search->token_alone = true;
	search->pair = !strcmp(client_id, search->client_id);
	return search->pair;
}

/* doc: the password is the token as it was issued. guess: that the clientId must be the one issued with it. */
enum connack judge_token(struct judged *judged)
{
	struct token_search search = { .client_id = judged->id.cid, .token = judged->in->password ? judged->in->password : "" };
	enum connack connack = judge_device(judged);

	if (connack != CONNACK_ACCEPTED)
		return connack;
	if (store_list_tokens(judged->cloud->store, judged->device->id, compare_token, &search) < 0)
		return judge_refuse(judged, CONNACK_UNAVAILABLE, CODE_SERVER_ERROR);
	if (search.pair)
		return judge_accept(judged);
	/* doc: 2043 the token is wrong, 1941 the authorization failed. */
	if (search.token_alone) {
		text_addf(judged->why, "the deviceToken was issued with another clientId than `%s`", judged->id.cid);
		return judge_refuse(judged, CONNACK_CREDENTIALS, CODE_TOKEN_REFUSED);
	}
	text_add(judged->why, "the password is no deviceToken that was issued to this device (authType=regnwl issues one)");
	return judge_refuse(judged, CONNACK_CREDENTIALS, CODE_INVALID_TOKEN);
}
