/* Messages of rtnetlink(7): put together, sent, and their answers read. Sizes are in bytes. */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A request that is being put together. full: something did not fit; it cannot be sent. */
struct netlink {
	union {
		struct nlmsghdr header;
		unsigned char bytes[2048];
	};
	bool full;
};

/* Begin a request of a type (RTM_NEWLINK) with NLM_F_* flags, besides NLM_F_REQUEST, and its body,
 * such as a struct ifinfomsg. */
void netlink_begin(struct netlink *request, unsigned type, unsigned flags, const void *body,
		   size_t size);

/* Add an attribute; a string goes with its NUL. */
void netlink_add(struct netlink *request, unsigned type, const void *value, size_t size);
void netlink_add_text(struct netlink *request, unsigned type, const char *s);
void netlink_add_number(struct netlink *request, unsigned type, uint32_t number);

/* Begin an attribute that holds attributes (and, before them, a body; may be NULL), and end it: begin
 * returns what end takes. */
size_t netlink_nest(struct netlink *request, unsigned type, const void *body, size_t size);
void netlink_end(struct netlink *request, size_t nest);

/* A socket for routing messages in the network namespace of this process; -1 with errno. While it is
 * open that namespace, and with it its veth pairs, lives on. */
int netlink_open(void);

/* The same for another family, such as NETLINK_NETFILTER: netlink(7). */
int netlink_open_for(int family);

/* Send a request and wait for its answer. 0, or -1 with errno; then reason has the kernel's own words
 * where it gave any (NETLINK_EXT_ACK), else "". reason may be NULL. */
int netlink_ask(int fd, struct netlink *request, char *reason, size_t size);

/* Send a request that one message answers, and append that to ret as netlink_list() does. 0, or -1 with
 * errno. */
struct text;
int netlink_get(int fd, struct netlink *request, struct text *ret);

/* Send a request for a list (NLM_F_DUMP is added) and append every message of the answer to ret, one
 * after another, as netlink_next() takes them. 0, or -1 with errno: EINTR
 * where the list changed meanwhile. */
int netlink_list(int fd, struct netlink *request, struct text *ret);

/* The message at *at of the length bytes of messages, aligned as in memory of malloc(3), and the place behind it into
 * *at: 0 at first. NULL where no whole message is left. NLMSG_NEXT() goes on beyond the end, and for ever, where the
 * last one has an odd length. */
const struct nlmsghdr *netlink_next(const void *messages, size_t length, size_t *at);

/* The value of an attribute among the length bytes of attributes at first, its size in *size (may be
 * NULL); NULL where there is none. */
const void *netlink_find(const void *first, size_t length, unsigned type, size_t *size);

/* The attributes of a message after a body of this size, and their length. */
const void *netlink_attributes(const struct nlmsghdr *message, size_t body, size_t *length);
