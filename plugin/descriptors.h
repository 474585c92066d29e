/* File descriptors of this process. */
#ifndef ALINK_DESCRIPTORS_H
#define ALINK_DESCRIPTORS_H

#include <stdbool.h>

/* Whether new connections have to be closed, as so few descriptors are left. */
bool descriptors_are_out(void);

#endif
