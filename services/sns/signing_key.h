/* The key that signs notifications, and its certificate. Made by make_signing_key.py, which says why it looks
 * as it does. */
#ifndef STACKRIG_SNS_SIGNING_KEY_H
#define STACKRIG_SNS_SIGNING_KEY_H

#include "emulator/base/crypto_rsa.h"

#define SIGNING_CERTIFICATE_PATH "/SimpleNotificationService-0162c8dc22ad67241de1170aab3fde7e.pem"

struct rsa_key *signing_key_open(void);
/* PEM. */
struct text signing_certificate_pem(void);

#endif
