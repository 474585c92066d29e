/*
 * A CONNECT being judged: what the ways to authenticate share. Inside the core only.
 *
 * connect.c makes the checks that all share and then calls one judge from its table of modes.
 */
#ifndef ALINK_CONNECT_H
#define ALINK_CONNECT_H

#include "connection.h"
#include "doctor.h"
#include "identity.h"

struct judged {
	struct cloud   *cloud;
	const struct connect *in;
	struct client_id id;
	struct user_name user;         /* "" where the mode has none */
	const struct mode *mode;
	struct product *product;       /* those that the user name names; NULL: there are none */
	struct device  *device;
	struct effects *out;
	struct text    *why;           /* of a refusal, or what is odd about what was accepted */
	int             log_code;      /* what the cloud's log shows for a refusal */
	int             reason;        /* MQTT 5's, where the CONNACK's does not decide it; 0 */
	struct connection *connection; /* when accepted */
};

/* Returns `connack`, for `return judge_refuse(…)`; the reason goes into judged->why. */
enum connack judge_refuse(struct judged *judged, enum connack connack, int log_code);
/* Appends a remark to the log record, after a semicolon when there is something already. */
void judge_note(struct judged *judged, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* It is judged->device: what holds for every device then (disabled, too often, …), and its connection. */
enum connack judge_accept(struct judged *judged);
/* A device that the user name names has to be there. */
enum connack judge_device(struct judged *judged);

/* The modes, by file. */
enum connack judge_secret(struct judged *judged);      /* connect_secret.c */
enum connack judge_register(struct judged *judged);    /* register.c */
enum connack judge_regnwl(struct judged *judged);
enum connack judge_token(struct judged *judged);       /* token.c */
enum connack judge_preauth(struct judged *judged);     /* preauth.c */
enum connack judge_certificate(struct judged *judged); /* x509.c */

#endif
