#include "hold.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "login.h"

/* As many descriptors as the administrator allows. */
static void lift_limit(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

bool hold(const struct dial *dial, const char *devices_path, unsigned count)
{
	struct link *links = calloc(count, sizeof(*links));
	FILE *devices = fopen(devices_path, "r");
	struct device device;
	unsigned opened = 0;

	lift_limit();
	if (!devices)
		fprintf(stderr, "%s: %s\n", devices_path, strerror(errno));
	while (links && devices && opened < count &&
	       fscanf(devices, "%63s %63s %79s", device.product_key, device.device_name, device.device_secret) == 3 &&
	       link_open(&links[opened], dial)) {
		if (!login_device(&links[opened++], &device)) {
			opened--;
			break;
		}
	}
	if (opened == count) {
		puts("held");
		fflush(stdout);
		while (getchar() != EOF)
			;
	} else {
		fprintf(stderr, "%u of %u connections could be opened\n", opened, count);
	}
	for (unsigned i = 0; links && i < opened; i++)
		link_close(&links[i]);
	if (devices)
		fclose(devices);
	free(links);
	return opened == count;
}
