#include "base/process/load.h"

#include <stdlib.h>
#include <unistd.h>

unsigned load_patience(unsigned seconds)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	double load;

	if (getloadavg(&load, 1) < 1 || processors < 1)
		return seconds;
	return (unsigned)(seconds * (1 + load / (double)processors));
}
