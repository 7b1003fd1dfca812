// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many spokes in one process, for `make bench-agents`: each has its certificate, its control
 * connection, its backoff and its binding, by the very code of lvn. They have no data plane, only
 * an address each, 127.1.0.0 and so on, of a few UDP sockets that they share: descriptors are
 * scarce. Prints a line of JSON twice a second.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "spoke/backoff.h"
#include "spoke/binding.h"
#include "spoke/control.h"

#define VALID_S (30 * 86400)
#define SOCKETS 64
#define SPOKES_MAX 65536
#define REASONS 12
#define FIRST_ADDRESS 0x7f010000u

struct bench;

struct spoke {
	struct bench *bench;
	SSL_CTX *tls;
	struct lvn_control *control;
	struct lvn_endpoint hub;
	struct lvn_binding *binding;
	struct lvn_backoff backoff;
	struct event *retry;
	int fd;
	struct in_addr address;
	uint64_t counter;
	char session[LVN_SESSION_SIZE];
	bool is_online;
	bool is_bound;
};

struct bench {
	struct event_base *base;
	const char *host;
	uint16_t port;
	struct spoke *spokes;
	unsigned int n;
	unsigned int n_online;
	unsigned int n_bound;
	unsigned long attempts;
	unsigned long failures;
	unsigned long losses;
	unsigned long resumed;
	struct {
		char text[64];
		unsigned long n;
	} reasons[REASONS];
	int fds[SOCKETS];
	uint64_t start_ms;
};

static void die(const char *what)
{
	fprintf(stderr, "spokes: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void retry_later(struct spoke *spoke, uint32_t ms)
{
	struct timeval delay = { ms / 1000, ms % 1000 * 1000 };

	event_add(spoke->retry, &delay);
}

static void set_online(struct spoke *spoke, bool is_online)
{
	if (spoke->is_online != is_online)
		spoke->bench->n_online += is_online ? 1u : -1u;
	spoke->is_online = is_online;
}

static void set_bound(struct spoke *spoke, bool is_bound)
{
	if (spoke->is_bound != is_bound)
		spoke->bench->n_bound += is_bound ? 1u : -1u;
	spoke->is_bound = is_bound;
}

static void on_open(void *arg, const struct lvn_endpoint *hub)
{
	struct lvn_message hello = { .type = LVN_MESSAGE_HELLO };
	struct spoke *spoke = arg;

	spoke->hub = *hub;
	hello.hello.has_version = true;
	hello.hello.features = LVN_FEATURES_KNOWN;
	strcpy(hello.hello.software, "bench");
	strcpy(hello.hello.session, spoke->session);
	lvn_control_send(spoke->control, &hello);
}

static void on_lease(struct spoke *spoke, const struct lvn_lease *lease)
{
	struct lvn_binding_params params = {
		.n_endpoints = 1,
		.endpoints = { { spoke->hub.addr, lease->endpoints[0].port } },
		.weight = 1,
		.keepalive_ms = lease->keepalive * 1000,
		.timeout_ms = lease->timeout * 1000,
		.counter = &spoke->counter,
	};

	if (spoke->counter < lease->counter || !lease->resumed)
		spoke->counter = lease->counter;
	spoke->bench->resumed += lease->resumed;
	strcpy(spoke->session, lease->session);
	strcpy(params.session, lease->session);
	strcpy(params.key, lease->key);
	set_online(spoke, true);
	lvn_backoff_reset(&spoke->backoff);
	lvn_binding_start(spoke->binding, &params);
}

/* The last entry stands for all that found no place. */
static void count_reason(struct bench *bench, const char *why)
{
	unsigned int i = 0;

	bench->failures++;
	while (i < REASONS - 1 && bench->reasons[i].n && strncmp(bench->reasons[i].text, why, 63))
		i++;
	snprintf(bench->reasons[i].text, sizeof(bench->reasons[i].text), "%s", why);
	bench->reasons[i].n++;
}

static void on_closed(void *arg, const char *why)
{
	struct spoke *spoke = arg;

	spoke->control = NULL;
	set_online(spoke, false);
	count_reason(spoke->bench, why);
	retry_later(spoke, lvn_backoff_next(&spoke->backoff));
}

static void on_message(void *arg, const struct lvn_message *message)
{
	struct spoke *spoke = arg;
	char why[128];

	switch (message->type) {
	case LVN_MESSAGE_LEASE:
		on_lease(spoke, &message->lease);
		return;
	case LVN_MESSAGE_BYE:
	case LVN_MESSAGE_ERROR:
		snprintf(why, sizeof(why), "%s %s %.60s", message->code, message->reason,
			 message->text);
		if (message->type == LVN_MESSAGE_BYE)
			spoke->session[0] = '\0';
		lvn_control_close(spoke->control);
		on_closed(spoke, why);
		return;
	default:
		return;
	}
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct spoke *spoke = arg;
	const struct lvn_control_handlers handlers = { spoke, NULL, on_open, on_message,
						       on_closed };
	const struct lvn_control_target target = {
		.tls = spoke->tls,
		.host = spoke->bench->host,
		.port = spoke->bench->port,
		.ifname = "",
	};

	(void)fd;
	(void)what;
	spoke->bench->attempts++;
	if (lvn_control_start(spoke->bench->base, &target, &handlers, &spoke->control))
		retry_later(spoke, lvn_backoff_next(&spoke->backoff));
}

static int on_send(void *arg, const struct lvn_endpoint *to, const void *data, size_t len)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control = { 0 };
	struct iovec iov = { (void *)data, len };
	struct sockaddr_storage sa;
	struct spoke *spoke = arg;
	struct msghdr msg = {
		.msg_name = &sa,
		.msg_namelen = (socklen_t)lvn_endpoint_to_sockaddr(to, &sa),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = IPPROTO_IP;
	cmsg->cmsg_type = IP_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
	((struct in_pktinfo *)CMSG_DATA(cmsg))->ipi_spec_dst = spoke->address;
	return sendmsg(spoke->fd, &msg, 0) < 0 ? -errno : 0;
}

static void on_tell(void *arg, enum lvn_binding_event event)
{
	struct spoke *spoke = arg;

	if (event == LVN_BINDING_EVENT_LOST)
		spoke->bench->losses++;
	set_bound(spoke, event == LVN_BINDING_EVENT_BOUND || event == LVN_BINDING_EVENT_MOVED);
}

/* Return: whose the datagram is, by the address it came to. */
static struct spoke *receiver(struct bench *bench, struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	uint32_t i;

	if (!cmsg || cmsg->cmsg_type != IP_PKTINFO)
		return NULL;
	i = ntohl(((struct in_pktinfo *)CMSG_DATA(cmsg))->ipi_addr.s_addr) - FIRST_ADDRESS;
	return i < bench->n ? &bench->spokes[i] : NULL;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	const struct lvn_addr local = { .family = AF_INET };
	struct bench *bench = arg;
	struct sockaddr_storage sa;
	struct lvn_endpoint from;
	char buf[1500], control[256] = "";
	ssize_t len;

	(void)what;
	for (int burst = 0; burst < 32; burst++) {
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr msg = { &sa, sizeof(sa), &iov, 1, control, sizeof(control), 0 };
		struct spoke *spoke;

		len = recvmsg(fd, &msg, MSG_DONTWAIT);
		if (len <= 0)
			return;
		spoke = receiver(bench, &msg);
		if (spoke && !lvn_endpoint_from_sockaddr((struct sockaddr *)&sa, &from))
			lvn_binding_input(spoke->binding, &from, &local, buf, (size_t)len);
	}
}

static void make_sockets(struct bench *bench)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };
	int one = 1;

	for (int i = 0; i < SOCKETS; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		struct event *event;

		if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)) < 0 ||
		    bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0)
			die("socket");
		bench->fds[i] = fd;
		event = event_new(bench->base, fd, EV_READ | EV_PERSIST, on_readable, bench);
		if (!event || event_add(event, NULL) < 0)
			die("event");
	}
}

/* Certificates */

static EVP_PKEY *load_key(const char *file)
{
	BIO *bio = BIO_new_file(file, "r");
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	if (!key)
		die(file);
	return key;
}

static X509 *load_cert(const char *file)
{
	BIO *bio = BIO_new_file(file, "r");
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	if (!cert)
		die(file);
	return cert;
}

static X509 *make_cert(unsigned int i, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	char text[32];

	snprintf(text, sizeof(text), "spoke%u", i);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1000000 + i);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), VALID_S);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (unsigned char *)text, -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(ca));
	X509_set_pubkey(cert, key);
	if (!X509_sign(cert, ca_key, EVP_sha256()))
		die("sign");
	return cert;
}

static SSL_CTX *make_tls(X509 *cert, EVP_PKEY *key, X509_STORE *store)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_options(tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set1_cert_store(tls, store);
	SSL_CTX_set_alpn_protos(tls, (const unsigned char *)"\5lvn/1", 6);
	if (SSL_CTX_use_certificate(tls, cert) != 1 || SSL_CTX_use_PrivateKey(tls, key) != 1)
		die("certificate");
	return tls;
}

static void make_spokes(struct bench *bench, const char *folder, unsigned int ramp_ms)
{
	char path[4096];
	X509_STORE *store = X509_STORE_new();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	EVP_PKEY *ca_key;
	X509 *ca;

	snprintf(path, sizeof(path), "%s/ca.key", folder);
	ca_key = load_key(path);
	snprintf(path, sizeof(path), "%s/ca.crt", folder);
	ca = load_cert(path);
	X509_STORE_add_cert(store, ca);
	for (unsigned int i = 0; i < bench->n; i++) {
		struct spoke *spoke = &bench->spokes[i];
		const struct lvn_binding_owner owner = { spoke, on_send, on_tell };

		spoke->bench = bench;
		spoke->tls = make_tls(make_cert(i, key, ca, ca_key), key, store);
		spoke->fd = bench->fds[i % SOCKETS];
		spoke->address.s_addr = htonl(FIRST_ADDRESS + i);
		lvn_backoff_init(&spoke->backoff, 1000, 60000);
		spoke->retry = evtimer_new(bench->base, on_retry, spoke);
		event_priority_set(spoke->retry, 2);
		if (lvn_binding_create(bench->base, &owner, &spoke->binding))
			die("binding");
		retry_later(spoke, lvn_random(ramp_ms + 1));
	}
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
	struct bench *bench = arg;

	(void)fd;
	(void)what;
	printf("{\"ms\":%llu,\"online\":%u,\"bound\":%u,\"attempts\":%lu,\"failures\":%lu,"
	       "\"losses\":%lu,\"resumed\":%lu,\"reasons\":{",
	       (unsigned long long)(lvn_clock_ms() - bench->start_ms), bench->n_online,
	       bench->n_bound, bench->attempts, bench->failures, bench->losses, bench->resumed);
	for (int i = 0; i < REASONS && bench->reasons[i].n; i++)
		printf("%s\"%s\":%lu", i ? "," : "", bench->reasons[i].text, bench->reasons[i].n);
	puts("}}");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const struct timeval second = { 0, 500000 };
	struct rlimit files;
	struct bench bench = { 0 };
	struct event *timer;

	if (argc != 6 || atoi(argv[3]) < 1 || atoi(argv[3]) > SPOKES_MAX) {
		fputs("usage: spokes HOST PORT NUMBER RAMP_MS CA_FOLDER\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		die("getrlimit");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		die("setrlimit");
	lvn_log_set_level(LVN_LOG_ERROR);
	bench.base = event_base_new();
	/*
	 * A spoke of its own machine answers at once. Here all share a thread: those under way come
	 * first, new ones begin when it has time, or the hub would be blamed for waiting for us.
	 */
	event_base_priority_init(bench.base, 3);
	bench.host = argv[1];
	bench.port = (uint16_t)atoi(argv[2]);
	bench.n = (unsigned int)atoi(argv[3]);
	bench.spokes = calloc(bench.n, sizeof(*bench.spokes));
	if (!bench.base || !bench.spokes)
		die("memory");
	make_sockets(&bench);
	make_spokes(&bench, argv[5], (unsigned int)atoi(argv[4]));
	bench.start_ms = lvn_clock_ms();
	timer = event_new(bench.base, -1, EV_PERSIST, on_second, &bench);
	event_add(timer, &second);
	event_base_dispatch(bench.base);
	return 0;
}
