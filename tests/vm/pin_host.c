// Preloaded into User Mode Linux: replaces inputs from the host that would otherwise differ from
// run to run or from host to host.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static uint64_t state;

__attribute__((constructor)) static void start(void)
{
	const char *seed = getenv("PIN_HOST_SEED");

	state = seed ? strtoull(seed, NULL, 10) : 0;
}

// SplitMix64.
static uint64_t next(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

// The kernel's only source of randomness.
ssize_t getrandom(void *buffer, size_t length, unsigned int flags)
{
	unsigned char *bytes = buffer;

	(void)flags;
	for (size_t i = 0; i < length; i++)
		bytes[i] = (unsigned char)next();
	return (ssize_t)length;
}

// The kernel copies the host's processor flags from /proc/cpuinfo. A program that finds a constant
// time stamp counter among them, as Valkey does, reads that counter, which shows the host's time.
static FILE *open_other(const char *symbol, const char *path, const char *mode)
{
	FILE *(*next_fopen)(const char *, const char *) = dlsym(RTLD_NEXT, symbol);

	return next_fopen(strcmp(path, "/proc/cpuinfo") ? path : "/dev/null", mode);
}

FILE *fopen(const char *path, const char *mode)
{
	return open_other("fopen", path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
	return open_other("fopen64", path, mode);
}
