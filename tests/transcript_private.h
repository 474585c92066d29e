/* What the parts of transcripts share: transcript.c, and steps in transcript_cloud.c and transcript_device.c. */
#ifndef ALINK_TRANSCRIPT_PRIVATE_H
#define ALINK_TRANSCRIPT_PRIVATE_H

#include "transcript.h"

#include <stdbool.h>
#include <stdint.h>

#include "cloud.h"
#include "effects.h"
#include "script_worker.h"
#include "text.h"

#define CLIENTS_MAX 64
#define HELD_MAX 256

struct client {
	char     name[64];
	uint64_t number;        /* 0: not connected */
	char     product_key[80], device_name[160], secret[80];
};

struct transcript {
	const char *path;
	int         line;
	char       *error;
	size_t      error_size;
	bool        failed;

	int64_t     now_ms;
	uint64_t    random;
	struct cloud_file *file;
	struct cloud *cloud;
	char        state_path[512];
	struct effects out;
	size_t      seen;           /* effects already accounted for */
	size_t      scripts_seen;   /* effects whose scripts were run, or are held */
	struct script_worker worker;
	bool        hold;
	uint64_t    held[HELD_MAX]; /* tickets of scripts that have not run yet */
	size_t      held_count;
	uint64_t    ticket, log_seen;
	struct client clients[CLIENTS_MAX];
	size_t      client_count;
	transcript_pair *pair;      /* NULL once a scenario was loaded: what that causes shows nothing */
	void       *ctx;
};

struct transcript_step {
	const char *word;
	void      (*run)(struct transcript *t, char *args);
	bool        needs_cloud;
};
/* Ended by a row without a word. */
extern const struct transcript_step transcript_cloud_steps[], transcript_device_steps[];

/* The first one counts. */
void transcript_fail(struct transcript *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The next blank-separated word of *at, cut off there; all that is left. Never NULL. */
char *transcript_word(char **at);
char *transcript_rest(char **at);

/* Before each thing that happens: all that came of the one before must have been expected. */
void transcript_begin(struct transcript *t);
/* Behind it: what has become due, scripts, the commit. */
void transcript_end(struct transcript *t);

/* The oldest effect not yet accounted for; NULL: there is none. */
const struct effect *transcript_next(struct transcript *t);
/* … accounts for it, and describes it in `got`. NULL: the transcript has failed. */
const struct effect *transcript_take(struct transcript *t, char *got, size_t size);
const char *transcript_client_name(struct transcript *t, uint64_t number);
/* `<*>` in the expected text stands for any characters. */
bool transcript_matches(const char *expected, const char *got);

void transcript_run_script(struct transcript *t, uint64_t ticket);
void transcript_folder(const char *path, char *buf, size_t size);
void transcript_remove_state(struct transcript *t);

#endif
