/*
 * Cloud files from memory. One is taken, or refused with complaints that each name a place in it; what was taken
 * refers only to what is there.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(expression) \
	do { \
		if (!(expression)) \
			surprise(__LINE__, #expression); \
	} while (0)

static void surprise(int line, const char *expression)
{
	fprintf(stderr, "fuzz_cloud_file.c:%d: not so: %s\n", line, expression);
	abort();
}

/* `c:LINE:COLUMN: …`, the last lines apart that say how many more there are. Returns the errors among them. */
static int judge_complaints(const char *line, size_t size)
{
	int errors = 0, lines = 0;

	for (; *line; line = strchr(line, '\n') + 1) {
		unsigned row = 0, column = 0;
		int used = 0;

		check(strchr(line, '\n'));
		check(lines++ < 104);
		if (!strncmp(line, "and ", 4))
			continue;
		check(sscanf(line, "c:%u:%u: %n", &row, &column, &used) == 2 && used);
		check(row >= 1 && row <= size + 1 && column >= 1 && column <= size + 1);
		check(isgraph((unsigned char)line[used]));
		errors += strncmp(line + used, "warning: ", 9) != 0;
	}
	return errors;
}

static const struct cloud_file_product *product_of(const struct cloud_file *file, const char *product_key)
{
	size_t i;

	for (i = 0; i < file->product_count; i++)
		if (!strcmp(file->products[i].product_key, product_key))
			return &file->products[i];
	surprise(__LINE__, "a device has a product");
	return NULL;
}

static void judge_file(const struct cloud_file *file)
{
	size_t i;

	for (i = 0; i < file->product_count; i++)
		check(*file->products[i].product_key && *file->products[i].product_secret);
	for (i = 0; i < file->device_count; i++) {
		const struct cloud_file_device *device = &file->devices[i];
		const struct cloud_file_product *product = product_of(file, device->product_key);

		check(device_name_valid(&file->settings, device->device_name));
		check(*device->device_secret);
		if (!device->gateway_name)
			continue;
		check(product->node_type == NODE_SUB_DEVICE);
		check(product_of(file, device->gateway_product_key)->node_type == NODE_GATEWAY);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text complaints = { 0 };
	struct cloud_file *file = cloud_file_parse("c", "/nowhere", (const char *)data, size, &complaints);
	int errors = judge_complaints(text_string(&complaints), size);

	check(!file == (errors > 0));
	if (file)
		judge_file(file);
	cloud_file_free(file);
	text_free(&complaints);
	return 0;
}
