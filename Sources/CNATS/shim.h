// The client library of NATS, a message broker.
#include <nats/nats.h>
