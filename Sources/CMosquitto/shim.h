// The client library of mosquitto, an MQTT broker.
#include <mosquitto.h>
