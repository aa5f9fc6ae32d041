/* Answers of rtnetlink(7), well-formed and not, as a socket of this test's gives them in the kernel's place. */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/fd.h"
#include "base/list.h"
#include "base/net/netlink.h"
#include "base/text.h"

/* The asking end, and the one that answers. A socket of this type passes the kernel's address over. */
static int ends[2];

static int open_ends(void **state)
{
	struct timeval soon = { .tv_usec = 20000 };

	(void)state;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	return setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
}

static int close_ends(void **state)
{
	(void)state;
	close(ends[0]);
	return close(ends[1]);
}

static void answers(const void *bytes, size_t length)
{
	assert_int_equal(send(ends[1], bytes, length, 0), length);
}

static struct netlink question(void)
{
	struct ifinfomsg body = { 0 };
	struct netlink ret;

	netlink_begin(&ret, RTM_GETLINK, 0, &body, sizeof(body));
	return ret;
}

/* What was asked, as it came to the other end. */
static struct nlmsghdr asked(void)
{
	struct netlink request;

	assert_true(recv(ends[1], request.bytes, sizeof(request.bytes), 0) >= NLMSG_HDRLEN);
	return request.header;
}

/* An answer of NLMSG_ERROR: the code, the header of the question, and words in an attribute of a type. */
static struct netlink refusal(int code, unsigned flags, unsigned type, const char *words, size_t size)
{
	struct nlmsgerr body = { .error = code, .msg = { .nlmsg_len = NLMSG_HDRLEN } };
	struct netlink ret;

	netlink_begin(&ret, NLMSG_ERROR, flags, &body, sizeof(body));
	if (words)
		netlink_add(&ret, type, words, size);
	return ret;
}

static void test_a_request_is_acknowledged(void **state)
{
	struct netlink yes = refusal(0, 0, 0, NULL, 0), request = question();
	char reason[64] = "old";

	(void)state;
	answers(yes.bytes, yes.header.nlmsg_len);
	assert_int_equal(netlink_ask(ends[0], &request, reason, sizeof(reason)), 0);
	assert_string_equal(reason, "");
	struct nlmsghdr header = asked();
	assert_int_equal(header.nlmsg_type, RTM_GETLINK);
	assert_int_equal(header.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
}

static void test_the_kernels_words_come_with_its_errno(void **state)
{
	static const struct { unsigned flags, type; const char *words; size_t size; const char *reason; } rows[] = {
		{ NLM_F_ACK_TLVS | NLM_F_CAPPED, NLMSGERR_ATTR_MSG, "no\x1b", 4, "no\\x1b" },
		{ NLM_F_ACK_TLVS, NLMSGERR_ATTR_MSG, "whole", 6, "whole" },
		{ 0, NLMSGERR_ATTR_MSG, "unflagged", 10, "" },
		{ NLM_F_ACK_TLVS, NLMSGERR_ATTR_OFFS, "other", 6, "" },
		{ NLM_F_ACK_TLVS, NLMSGERR_ATTR_MSG, "unended", 7, "" },
		{ NLM_F_ACK_TLVS, NLMSGERR_ATTR_MSG, "", 0, "" },
		{ NLM_F_ACK_TLVS, 0, NULL, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct netlink no = refusal(-EPERM, rows[i].flags, rows[i].type, rows[i].words, rows[i].size);
		struct netlink request = question();
		char reason[64];
		answers(no.bytes, no.header.nlmsg_len);
		assert_int_equal(netlink_ask(ends[0], &request, reason, sizeof(reason)), -1);
		assert_int_equal(errno, EPERM);
		assert_string_equal(reason, rows[i].reason);
		asked();
	}
	struct netlink no = refusal(-EBUSY, NLM_F_ACK_TLVS, NLMSGERR_ATTR_MSG, "unheard", 8), request = question();
	answers(no.bytes, no.header.nlmsg_len);
	assert_int_equal(netlink_ask(ends[0], &request, NULL, 0), -1);
	assert_int_equal(errno, EBUSY);
}

/* Without NLM_F_CAPPED the answer repeats the question, and words stand behind all of it. */
static void test_words_stand_behind_the_question(void **state)
{
	struct { struct nlmsgerr error; char rest[12]; } body = { .error = { .error = -EINVAL } };
	struct netlink no, request = question();
	char reason[64];

	(void)state;
	body.error.msg.nlmsg_len = NLMSG_HDRLEN + sizeof(body.rest);
	memset(body.rest, 0xff, sizeof(body.rest));
	netlink_begin(&no, NLMSG_ERROR, NLM_F_ACK_TLVS, &body, sizeof(body));
	netlink_add_text(&no, NLMSGERR_ATTR_MSG, "behind");
	answers(no.bytes, no.header.nlmsg_len);
	assert_int_equal(netlink_ask(ends[0], &request, reason, sizeof(reason)), -1);
	assert_string_equal(reason, "behind");
	/* A question that is said to be longer than its answer, or shorter than a header: no words, no more. */
	static const uint32_t lengths[] = { 4000, UINT32_MAX, 0, 15 };
	for (size_t i = 0; i < COUNT(lengths); i++) {
		body.error.msg.nlmsg_len = lengths[i];
		netlink_begin(&no, NLMSG_ERROR, NLM_F_ACK_TLVS, &body, sizeof(body));
		netlink_add_text(&no, NLMSGERR_ATTR_MSG, "behind");
		answers(no.bytes, no.header.nlmsg_len);
		assert_int_equal(netlink_ask(ends[0], &request, reason, sizeof(reason)), -1);
		assert_int_equal(errno, EINVAL);
		assert_string_equal(reason, "");
	}
}

static void test_what_is_no_acknowledgement_is_none(void **state)
{
	struct netlink request = question(), other;
	struct nlmsghdr longer = { .nlmsg_len = 4096, .nlmsg_type = NLMSG_ERROR };
	struct nlmsghdr cut = { .nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = NLMSG_ERROR };

	(void)state;
	netlink_begin(&other, RTM_NEWLINK, 0, NULL, 0);
	answers(other.bytes, other.header.nlmsg_len);
	answers("short", 5);
	answers(&longer, sizeof(longer));
	answers(&cut, sizeof(cut)); /* the errno itself is missing */
	for (int i = 0; i < 4; i++) {
		assert_int_equal(netlink_ask(ends[0], &request, NULL, 0), -1);
		assert_int_equal(errno, EPROTO);
	}
}

static void test_an_answer_that_does_not_come_is_not_waited_for(void **state)
{
	cleanup_text struct text list = { 0 };
	struct netlink request = question();

	(void)state;
	assert_int_equal(netlink_ask(ends[0], &request, NULL, 0), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_int_equal(netlink_list(ends[0], &request, &list), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_int_equal(netlink_get(ends[0], &request, &list), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_int_equal(list.len, 0);
}

static void test_nothing_is_sent_of_a_request_that_does_not_fit(void **state)
{
	static const char big[UINT16_MAX];
	cleanup_text struct text list = { 0 };
	struct netlink request = question();
	char none;

	(void)state;
	size_t nest = netlink_nest(&request, IFLA_LINKINFO, NULL, 0);
	netlink_add(&request, IFLA_INFO_KIND, big, sizeof(big));
	netlink_end(&request, nest);
	assert_true(request.full);
	assert_int_equal(netlink_list(ends[0], &request, &list), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(netlink_get(ends[0], &request, &list), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(recv(ends[1], &none, 1, MSG_DONTWAIT), -1);
}

/* Two messages of a list in one datagram, the first of an odd length, and the end in another. */
static void test_a_list_is_put_together(void **state)
{
	cleanup_text struct text list = { 0 };
	struct netlink request = question(), one, done;
	char both[64] = { 0 };

	(void)state;
	netlink_begin(&one, RTM_NEWLINK, NLM_F_MULTI, "abcde", 5);
	one.header.nlmsg_len = NLMSG_LENGTH(5);
	memcpy(both, one.bytes, NLMSG_ALIGN(NLMSG_LENGTH(5)));
	memcpy(both + NLMSG_SPACE(5), one.bytes, NLMSG_ALIGN(NLMSG_LENGTH(5)));
	answers(both, 2 * NLMSG_SPACE(5));
	netlink_begin(&done, NLMSG_DONE, NLM_F_MULTI, "\0\0\0", 4);
	answers(done.bytes, done.header.nlmsg_len);
	assert_int_equal(netlink_list(ends[0], &request, &list), 0);
	assert_true(asked().nlmsg_flags & NLM_F_DUMP);
	assert_int_equal(list.len, 2 * NLMSG_SPACE(5));
	const struct nlmsghdr *second = (const void *)(list.s + NLMSG_SPACE(5));
	assert_int_equal(second->nlmsg_type, RTM_NEWLINK);
	assert_memory_equal(NLMSG_DATA(second), "abcde", 5);
}

static void test_a_list_that_changed_or_is_refused_is_none(void **state)
{
	cleanup_text struct text list = { 0 };
	struct netlink request = question(), interrupted, done, no = refusal(-EOPNOTSUPP, 0, 0, NULL, 0);
	struct nlmsghdr cut = { .nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = NLMSG_ERROR };

	(void)state;
	netlink_begin(&interrupted, RTM_NEWLINK, NLM_F_MULTI, NULL, 0);
	interrupted.header.nlmsg_flags = NLM_F_MULTI | NLM_F_DUMP_INTR;
	answers(interrupted.bytes, interrupted.header.nlmsg_len);
	netlink_begin(&done, NLMSG_DONE, NLM_F_MULTI, "\0\0\0", 4);
	answers(done.bytes, done.header.nlmsg_len);
	assert_int_equal(netlink_list(ends[0], &request, &list), -1);
	assert_int_equal(errno, EINTR);
	/* The rest of it was taken, too: the next answer is the next question's. */
	answers(no.bytes, no.header.nlmsg_len);
	assert_int_equal(netlink_list(ends[0], &request, &list), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	answers(no.bytes, no.header.nlmsg_len);
	assert_int_equal(netlink_get(ends[0], &request, &list), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	answers(&cut, sizeof(cut));
	assert_int_equal(netlink_get(ends[0], &request, &list), -1);
	assert_int_equal(errno, EPROTO);
}

/* Attributes whose length leads out of the message, or nowhere, end the search. */
static void test_an_attribute_of_no_length_ends_the_search(void **state)
{
	static const struct { uint16_t length; bool found; } rows[] = {
		{ 0, false }, { 3, false }, { 4, true }, { 5, true }, { 8, true }, { 9, false }, { UINT16_MAX, false },
	};
	size_t size;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct { struct nlattr head; char rest[4]; } one = { { rows[i].length, 7 }, "abc" };
		assert_int_equal(netlink_find(&one, sizeof(one), 7, &size) != NULL, rows[i].found);
		if (rows[i].found)
			assert_int_equal(size, rows[i].length - NLA_HDRLEN);
		assert_null(netlink_find(&one, sizeof(one), 8, NULL));
	}
	struct nlmsghdr bare = { .nlmsg_len = NLMSG_HDRLEN };
	netlink_attributes(&bare, sizeof(struct ifinfomsg), &size);
	assert_int_equal(size, 0);
}

/* The kernel itself: every namespace has lo, and no one has an interface of number 2^30. */
static void test_the_kernel_answers(void **state)
{
	cleanup_fd int fd = netlink_open();
	cleanup_text struct text list = { 0 };
	struct ifinfomsg body = { .ifi_index = 1 << 30 };
	struct netlink request = question();

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(netlink_list(fd, &request, &list), 0);
	assert_int_equal(((const struct nlmsghdr *)(const void *)list.s)->nlmsg_type, RTM_NEWLINK);
	netlink_begin(&request, RTM_GETLINK, 0, &body, sizeof(body));
	assert_int_equal(netlink_get(fd, &request, &list), -1);
	assert_int_equal(errno, ENODEV);
	assert_int_equal(netlink_open_for(-1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_request_is_acknowledged, open_ends, close_ends),
		cmocka_unit_test_setup_teardown(test_the_kernels_words_come_with_its_errno, open_ends, close_ends),
		cmocka_unit_test_setup_teardown(test_words_stand_behind_the_question, open_ends, close_ends),
		cmocka_unit_test_setup_teardown(test_what_is_no_acknowledgement_is_none, open_ends, close_ends),
		cmocka_unit_test_setup_teardown(test_an_answer_that_does_not_come_is_not_waited_for, open_ends, close_ends),
		cmocka_unit_test_setup_teardown(test_nothing_is_sent_of_a_request_that_does_not_fit, open_ends, close_ends),
		cmocka_unit_test_setup_teardown(test_a_list_is_put_together, open_ends, close_ends),
		cmocka_unit_test_setup_teardown(test_a_list_that_changed_or_is_refused_is_none, open_ends, close_ends),
		cmocka_unit_test(test_an_attribute_of_no_length_ends_the_search),
		cmocka_unit_test(test_the_kernel_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
