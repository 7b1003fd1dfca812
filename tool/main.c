// SPDX-License-Identifier: GPL-2.0-or-later
/* The program ipudp. All it does is in tool_main(), so that tests can do it too. */

#include "tool.h"

int main(int argc, char **argv)
{
	return tool_main(argc, argv, stdout, stderr);
}
