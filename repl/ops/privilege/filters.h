/* Programs of seccomp(2), and what they answer to a call: they are run here as the kernel runs them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan;
struct sock_filter;

/* What the program answers to a call: SECCOMP_RET_*. arguments may be NULL: all are 0. */
uint32_t filter_answers(const struct sock_filter *program, size_t count, uint32_t architecture,
			int number, const uint64_t arguments[6]);

/* The value of seccomp_data.arch for programs of this architecture: linux/audit.h. */
uint32_t filter_architecture(void);

/* The name of the policy that a container has by default: its rules depend on the capabilities that are kept. */
#define DOCKERS_POLICY "docker's default"

/* The filters of a process. More than these are not taken in, which makes count greater than the list. */
enum { FILTERS_MOST = 32 };
struct filters {
	struct {
		const struct sock_filter *program;
		size_t count;
		const char *policy;
	} list[FILTERS_MOST];
	size_t count;
};

/* Take in what the first count ops of the plan load; they must outlive ret. */
void filters_take(const struct plan *plan, size_t count, struct filters *ret);

/* The answer of all: the strictest action counts, which is the lowest as a signed number. *by is which one
 * gave it first; may be NULL. */
uint32_t filters_answer(const struct filters *filters, int number, const uint64_t arguments[6], size_t *by);
