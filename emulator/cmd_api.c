/* The commands that act on a running emulator: `alink-emulator NOUN VERB ARGUMENTS…`. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api_help.h"
#include "api_request.h"
#include "api_words.h"
#include "client.h"
#include "command.h"

struct session {
	struct api_words words;
	struct client    client;
	struct screen    screen;
	struct table     table;
	bool             mute;    /* nobody reads what we write */
	bool             cut;     /* and somebody should have */
};

/* A sentence on stderr; it may quote what came from outside. */
static void complain(const char *about, const struct text *sentence)
{
	struct cell cell = { 0 };

	cell_add(&cell, text_string(sentence), sentence->len);
	fprintf(stderr, "alink-emulator%s%s: %s\n", *about ? " " : "", about, text_string(&cell.text));
	text_free(&cell.text);
}

/* --- asking --- */

/* All that is wrong with a file, as `check` says it. False when the refusal is of another kind. */
static bool show_complaints(const struct json_doc *refusal)
{
	struct json complaints = json_get(json_root(refusal), "complaints");

	json_each(complaint, complaints) {
		struct cell cell = { 0 };

		view_text(complaint, &cell);
		fprintf(stderr, "%s\n", text_string(&cell.text));
		text_free(&cell.text);
	}
	return json_is(complaints, JSON_ARRAY);
}

/* With --json a refusal is the one document. */
static void report(const struct session *session, enum exit_code result, const struct answer *answer,
                   const struct text *problem)
{
	if (result == EXIT_FINE)
		return;
	if (result == EXIT_FAILED && session->words.json)
		printf("%s\n", answer->body);
	if (result != EXIT_FAILED || !show_complaints(&answer->doc))
		complain("", problem);
}

/* Says on stderr what went wrong. */
static enum exit_code ask(const struct session *session, const char *method, const char *path, const char *body,
                          int64_t wait_ms, struct answer *answer)
{
	struct text problem = { 0 };
	enum exit_code result = client_call(&session->client, method, path, body,
	                                    session->words.timeout_ms + wait_ms, answer, &problem);

	report(session, result, answer, &problem);
	text_free(&problem);
	return result;
}

/* --since counts back from the emulator's clock, which need not be ours. */
static enum exit_code ask_now(const struct session *session, int64_t *now_ms)
{
	struct answer answer = { 0 };
	enum exit_code result = ask(session, "GET", "/status", NULL, 0, &answer);

	if (result == EXIT_FINE && !json_int64(json_get(json_root(&answer.doc), "now"), now_ms)) {
		fprintf(stderr, "alink-emulator: %s does not tell its time\n", session->client.url);
		result = EXIT_UNREACHABLE;
	}
	answer_free(&answer);
	return result;
}

/* --- showing --- */

/* A list that goes on must not look complete. */
static void show_rest(struct json answer)
{
	struct json next = json_get(answer, "next");
	struct cell cursor = { 0 };

	if (!json_is(next, JSON_STRING))
		return;   /* a log's is a number, and always there */
	fflush(stdout);
	view_text(next, &cursor);
	fprintf(stderr, "there are more: go on with --after %s\n", text_string(&cursor.text));
	text_free(&cursor.text);
}

/* "PK/DN kicked", "NAME saved", "reset" */
/* What is told of is what the path names: a file that went into the body is not. */
static void show_done(const struct api_words *words)
{
	const char *hole = strstr(words->command->path, "{}");

	if (words->argument_count > 1 && (!hole || strstr(hole + 2, "{}")))
		printf("%s/%s ", words->arguments[0], words->arguments[1]);
	else if (words->argument_count)
		printf("%s ", words->arguments[0]);
	printf("%s\n", words->command->done);
}

static void show_text(struct json value)
{
	char *text = json_strdup(value);
	size_t len = text ? strlen(text) : 0;

	printf("%s%s", text ? text : "", len && text[len - 1] == '\n' ? "" : "\n");
	free(text);
}

static void show(struct session *session, const struct answer *answer)
{
	const struct api_words *words = &session->words;
	const struct view *view = words->command->view;
	struct json root = json_root(&answer->doc);
	struct text text = { 0 };

	if (!words->json && words->command->text) {
		show_text(json_get(root, words->command->text));
	} else if (words->json || (!view && !words->command->write && !words->command->done)) {
		printf("%s\n", answer->body);
	} else if (!view && !words->command->write) {
		show_done(words);
	} else {
		if (view)
			view_print(view, root, &session->table, &session->screen, stdout);
		if (words->command->write)
			words->command->write(root, &text);
		fputs(text_string(&text), stdout);
		if (view && view->rows)
			show_rest(root);
	}
	text_free(&text);
}

/* One document on one line: outside its strings JSON may hold line breaks. */
static void show_line(struct json value)
{
	size_t len, i;
	const char *span = json_span(value, &len);

	for (i = 0; i < len; i++)
		putchar(span[i] == '\n' || span[i] == '\r' ? ' ' : span[i]);
	putchar('\n');
}

/*
 * What was shown has reached the reader. False when there is none any more: one that has seen enough
 * (`| head`) is no failure, a full disk is.
 */
static bool flush(struct session *session)
{
	if (session->mute)
		return false;
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	session->mute = true;
	if (errno != EPIPE) {
		fprintf(stderr, "alink-emulator: cannot write: %s\n", errno ? strerror(errno) : "output is cut");
		session->cut = true;
	}
	return false;
}

/* --- following --- */

/* One record, or for the moment the last one: then it must be seen. */
static bool take_record(void *ctx, const char *data, size_t len)
{
	struct session *session = ctx;
	struct json_doc doc = { 0 };

	if (!data) {
		table_print(&session->table, &session->screen, stdout);
		return flush(session);
	}
	if (json_parse(&doc, data, len, JSON_STRICT, NULL))
		return true;   /* nothing that we know */
	if (session->words.json)
		show_line(json_root(&doc));
	else
		view_add_row(session->words.command->view, json_root(&doc), &session->table);
	json_doc_free(&doc);
	return true;
}

static enum exit_code follow(struct session *session, const char *path)
{
	struct answer answer = { 0 };
	struct text problem = { 0 };
	enum exit_code result = client_follow(&session->client, path, session->words.timeout_ms, take_record, session,
	                                      &answer, &problem);

	report(session, result, &answer, &problem);
	text_free(&problem);
	answer_free(&answer);
	return result;
}

/* --- the command --- */

static enum exit_code perform(struct session *session, struct text *problem)
{
	struct api_request request = { 0 };
	struct answer answer = { 0 };
	enum exit_code result = EXIT_USAGE;
	int64_t now_ms = 0;

	/* Once without the clock: wrong words must not reach the network */
	if (!api_request_make(&session->words, 0, &request, problem)) {
		if (request.bad_file)
			result = EXIT_FAILED;
		goto done;
	}
	result = client_find(&session->client, session->words.url, problem);
	if (result != EXIT_FINE)
		goto done;
	if (api_request_needs_now(&session->words)) {
		result = ask_now(session, &now_ms);
		if (result != EXIT_FINE)
			goto done;
		api_request_free(&request);
		if (!api_request_make(&session->words, now_ms, &request, problem)) {
			result = EXIT_FAILED;
			goto done;
		}
	}
	if (request.follow) {
		result = follow(session, request.path.at);
		goto done;
	}
	result = ask(session, session->words.command->method, request.path.at,
	             request.body.len ? request.body.at : NULL, request.wait_ms, &answer);
	if (result == EXIT_FINE) {
		show(session, &answer);
		if (session->words.command->judges && json_is_string(json_get(json_root(&answer.doc), "verdict"), "failed"))
			result = EXIT_FAILED;
	}
done:
	answer_free(&answer);
	api_request_free(&request);
	return result;
}

int command_api(int argc, char **argv)
{
	struct session session = { 0 };
	struct text problem = { 0 };
	enum exit_code result = EXIT_USAGE;

	if (api_words_parse(&session.words, argc, argv, &problem)) {
		session.screen = screen_of(STDOUT_FILENO, session.words.plain);
		if (session.words.help) {
			api_help(session.words.first, api_common_options, stdout);
			result = EXIT_FINE;
		} else {
			result = perform(&session, &problem);
		}
	}
	if (problem.len) {
		complain(argv[0], &problem);
		if (result == EXIT_USAGE)
			fprintf(stderr, "`alink-emulator %s --help` shows how.\n", argv[0]);
	}
	flush(&session);
	table_free(&session.table);
	client_free(&session.client);
	text_free(&problem);
	return session.cut ? EXIT_FAILED : result;
}
