/*
 * The guest's only source of randomness, in place of libc's getrandom(): a generator (SplitMix64,
 * Steele, Lea and Flood, OOPSLA 2014) that starts from the run's seed. User-Mode Linux takes all of
 * its entropy from this call, so the same seed gives the same keys, ports and jitter every time.
 * For an emulation only: what comes from a known seed protects nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

static uint64_t state;
static int seeded;

ssize_t getrandom(void *buffer, size_t length, unsigned int flags)
{
	unsigned char *bytes = buffer;
	const char *seed = getenv("CLIENTPATH_SEED");

	(void)flags;
	if (!seeded) {
		state = seed ? strtoull(seed, NULL, 10) : 1;
		seeded = 1;
	}
	for (size_t i = 0; i < length; i++) {
		uint64_t z = (state += 0x9e3779b97f4a7c15ULL);

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
		bytes[i] = (unsigned char)(z ^ (z >> 31));
	}
	return (ssize_t)length;
}
