#!/bin/sh
# Called by fliqe watch with an event as one line of JSON. Put a mail, a message queue or a relay
# here; this one writes to the system's log.
logger -t fliqe "$(cat)"
