#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#define STEP_BYTES ((size_t)256 << 10)   /* about 1 ms */

enum { MD5, SHA256, DIGESTS };

struct digester {
	char   *path;
	int     fd;
	int64_t left;                    /* bytes not yet read */
	struct file_digest found;        /* size and time, from the start */
	EVP_MD_CTX *contexts[DIGESTS];
	unsigned char piece[STEP_BYTES];
};

static void hex(const unsigned char *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

int digest_sha256(const void *bytes, size_t len, char out[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_len;

	out[0] = '\0';
	if (!EVP_Digest(bytes, len, digest, &digest_len, EVP_sha256(), NULL))
		return -1;
	hex(digest, 32, out);
	return 0;
}

static int judge(const char *path, const struct stat *info, struct file_digest *out, struct text *why)
{
	if (!S_ISREG(info->st_mode)) {
		text_addf(why, "%s is not a regular file", path);
		return -1;
	}
	if (info->st_size > DIGEST_FILE_MAX) {
		text_addf(why, "%s has %lld bytes, more than a firmware file may have (%lld)", path, (long long)info->st_size,
		          (long long)DIGEST_FILE_MAX);
		return -1;
	}
	*out = (struct file_digest){
		.size = info->st_size, .changed_ns = (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec,
	};
	return 0;
}

int digest_stat(const char *path, struct file_digest *out, struct text *why)
{
	struct stat info;

	if (stat(path, &info)) {
		text_addf(why, "%s: %s", path, strerror(errno));
		return -1;
	}
	return judge(path, &info, out, why);
}

struct digester *digester_open(const char *path, struct text *why)
{
	struct digester *digester = calloc(1, sizeof(*digester));
	struct stat info;

	if (!digester)
		goto out_of_memory;
	digester->fd = -1;
	digester->path = strdup(path);
	digester->contexts[MD5] = EVP_MD_CTX_new();
	digester->contexts[SHA256] = EVP_MD_CTX_new();
	if (!digester->path || !digester->contexts[MD5] || !digester->contexts[SHA256] ||
	    !EVP_DigestInit_ex(digester->contexts[MD5], EVP_md5(), NULL) ||
	    !EVP_DigestInit_ex(digester->contexts[SHA256], EVP_sha256(), NULL))
		goto out_of_memory;
	/* Never waits for a FIFO's other end; what it is, is judged next. */
	digester->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (digester->fd < 0 || fstat(digester->fd, &info)) {
		text_addf(why, "%s: %s", path, strerror(errno));
		digester_close(digester);
		return NULL;
	}
	if (judge(path, &info, &digester->found, why)) {
		digester_close(digester);
		return NULL;
	}
	digester->left = digester->found.size;
	return digester;
out_of_memory:
	text_add(why, "out of memory");
	digester_close(digester);
	return NULL;
}

static int finish(struct digester *digester, struct file_digest *out, struct text *why)
{
	unsigned char digests[DIGESTS][EVP_MAX_MD_SIZE];
	struct file_digest now;
	struct stat info;
	int i;

	/* What was written meanwhile is in the digest in part. */
	if (fstat(digester->fd, &info) || judge(digester->path, &info, &now, why) ||
	    now.size != digester->found.size || now.changed_ns != digester->found.changed_ns) {
		text_addf(why, "%s changed while it was read", digester->path);
		return -1;
	}
	for (i = 0; i < DIGESTS; i++)
		if (!EVP_DigestFinal_ex(digester->contexts[i], digests[i], NULL)) {
			text_addf(why, "%s: the digest could not be computed", digester->path);
			return -1;
		}
	*out = digester->found;
	hex(digests[MD5], 16, out->md5);
	hex(digests[SHA256], 32, out->sha256);
	return 0;
}

int digester_step(struct digester *digester, struct file_digest *out, struct text *why)
{
	size_t wanted = digester->left < (int64_t)STEP_BYTES ? (size_t)digester->left : STEP_BYTES;
	ssize_t got = wanted ? read(digester->fd, digester->piece, wanted) : 0;
	int i;

	if (got < 0 || (wanted && !got)) {
		text_addf(why, "%s: %s", digester->path, got < 0 ? strerror(errno) : "it became shorter while it was read");
		return -1;
	}
	for (i = 0; i < DIGESTS; i++)
		if (!EVP_DigestUpdate(digester->contexts[i], digester->piece, (size_t)got)) {
			text_addf(why, "%s: the digest could not be computed", digester->path);
			return -1;
		}
	digester->left -= got;
	return digester->left ? 1 : finish(digester, out, why);
}

void digester_close(struct digester *digester)
{
	int i;

	if (!digester)
		return;
	for (i = 0; i < DIGESTS; i++)
		EVP_MD_CTX_free(digester->contexts[i]);
	if (digester->fd >= 0)
		close(digester->fd);
	free(digester->path);
	free(digester);
}

int digest_file(const char *path, struct file_digest *out, struct text *why)
{
	struct digester *digester = digester_open(path, why);
	int more = -1;

	if (digester)
		while ((more = digester_step(digester, out, why)) > 0)
			;
	digester_close(digester);
	return more;
}
