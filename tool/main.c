// SPDX-License-Identifier: GPL-2.0-or-later
/* The program ipudp. All it does is in tool_main(), so that tests can do it too. */

#include "tool.h"

#include <unistd.h>

/* Tables may be large: write them in few pieces, but show a person each line at once. */
static char buffer[1 << 16];

int main(int argc, char **argv)
{
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	return tool_main(argc, argv, stdout, stderr);
}
