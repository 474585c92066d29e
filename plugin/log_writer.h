/*
 * Writes the log beside the state file, on a thread of its own. A kill -9 may lose what is under way: about the last
 * second of log, of a very busy cloud the last seconds; never an answered write.
 */
#ifndef ALINK_LOG_WRITER_H
#define ALINK_LOG_WRITER_H

#include <stddef.h>
#include <stdint.h>

struct log_writer;

/* NULL when the file cannot be opened or the thread not made: the log then lives in memory only. */
struct log_writer *log_writer_start(const char *path);
/* Takes `records` (free()d). `keep`: records before this one may go from the file. Drops them when the disk is too slow. */
void log_writer_put(struct log_writer *writer, uint64_t first, char *records, size_t len, uint64_t keep);
/* Processor time that writing has taken so far. */
int64_t log_writer_spent_us(struct log_writer *writer);
/* Writes what is left, ends and joins the thread. NULL is fine. */
void log_writer_stop(struct log_writer *writer);

#endif
