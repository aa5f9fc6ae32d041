/* Whether an address answers: one packet is sent from the network namespace of whom it is asked. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/await.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/net/inside.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "lesson/check/check.h"
#include "lesson/check/predicates.h"
#include "snapshot/network/packet.h"

/* The kernel asks for a neighbour three times, a second each, before it gives up. */
enum { ANSWER_MS = 4000, SILENCE_MS = 1500 /* where none is to come */, HELPER_MS = 8000 };

struct question {
	struct probe probe;
	int ms;
};

/* ADDRESS:PORT or [ADDRESS]:PORT, or an address alone. */
static bool read_target(const char *s, struct probe *ret)
{
	const char *colon = strrchr(s, ':');
	char host[ADDRESS_TEXT];
	uint64_t port;

	if (!colon || !parse_number(colon + 1, &port) || !port || port > 65535)
		return false;
	int length = (int)(colon - s);
	bool bracket = length > 2 && s[0] == '[' && s[length - 1] == ']';
	snprintf(host, sizeof(host), "%.*s", bracket ? length - 2 : length, s + bracket);
	ret->port = (uint16_t)port;
	return address_parse(host, &ret->to) && !strchr(host, '/') && bracket == (ret->to.size == 16);
}

bool fits_network(const char *name, const char *word, struct error *err)
{
	struct address address;
	struct probe probe;
	bool parsed = address_parse(word, &address), length = strchr(word, '/');

	if (strcmp(name, "TARGET") == 0 && read_target(word, &probe))
		return true;
	if (strcmp(name, "ADDRESS") == 0 && parsed && !length)
		return true;
	if (strcmp(name, "ADDRESSES") == 0 && parsed && length)
		return true;
	if (strcmp(name, "PREFIX") == 0 &&
	    (strcmp(word, "default") == 0 || (parsed && address_is_network(&address))))
		return true;
	fail_id(err, ERR_NETWORK_ADDRESS, 0, "%s: not a valid address", vis(word));
	fail_fix(err, strcmp(name, "TARGET") == 0 ? "as in 10.0.0.2:80 or [fd00::2]:80" :
		 strcmp(name, "ADDRESSES") == 0 ? "as in 10.0.0.1/24" :
		 strcmp(name, "PREFIX") == 0 ? "as in 10.1.0.0/16, or default" : "as in 10.0.0.2");
	return false;
}

/* The helper's part, in the network namespace: *status is 0 for an answer, or errno. */
static int send_there(void *arg, int out, int *status)
{
	const struct question *question = arg;
	const struct probe *probe = &question->probe;
	int64_t end = clock_ms() + question->ms;
	cleanup_fd int fd = packet_send(probe, status);

	(void)out;
	if (fd >= 0)
		*status = ETIMEDOUT;
	while (fd >= 0 && clock_ms() < end) {
		struct pollfd polled = { fd, packet_waits(probe), 0 };
		if (poll(&polled, 1, (int)(end - clock_ms())) > 0 && packet_answer(fd, probe, status))
			break;
	}
	return 0;
}

bool predicate_answers(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct question question = { .ms = asked->negated || asked->witness->doubted ? SILENCE_MS : ANSWER_MS };
	struct probe *probe = &question.probe;
	cleanup_inside struct inside inside = { -1, -1 };
	struct inside_end end = { 0 };

	if (asked->reading->ns[NS_NET].id == asked->host->ns[NS_NET].id) {
		text_say(saw, "the network namespace is the host's: no packet is sent from there");
		return false;
	}
	probe->protocol = strcmp(words[2], "tcp") == 0 ? IPPROTO_TCP :
			  strcmp(words[2], "udp") == 0 ? IPPROTO_UDP : IPPROTO_ICMP;
	bool read = probe->protocol == IPPROTO_ICMP ? address_parse(words[3], &probe->to) :
						      read_target(words[3], probe);
	int proc = read ? proc_of(asked->reading->pid) : -1;
	if (proc < 0 || inside_open(proc, &inside) < 0 ||
	    inside_call(&inside, send_there, &question, HELPER_MS, NULL, &end) < 0) {
		text_sayf(saw, "no packet could be sent: %s", errno_name(errno));
		return false;
	}
	if (end.status)
		text_sayf(saw, "no answer: %s", errno_name(end.status));
	else
		text_say(saw, "an answer came");
	return end.status == 0;
}
