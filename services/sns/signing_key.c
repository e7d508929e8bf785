#include "services/sns/signing_key.h"

#include "emulator/base/embed.h"

EMBED(certificate, "services/sns/signing_certificate.pem")

#define PRIVATE_EXPONENT 5

struct rsa_key *signing_key_open(void) {
    return rsa_key_open("ff1b7f0791ca8b1d061afcc9435297b9e105224edbd433e0d144d8c76ecfa1a9"
                        "e7bcf47321699f3c811973bf55715d95fb53488903eab5ddd09d8fc98051ce2f"
                        "791210e13aae4cef2b1dd0ce5ca6cb86fe7b498f94ec2e5a79e5415a6daebf73"
                        "271400adccd341398884c27a14f3abbb83effefafb17b3ec8332d0e409410abc"
                        "43f708411d64e773588dabc4445157929d610047244d52e7545f8714c5daa933"
                        "cca697aba43ba1292eb62f4a73bde23cecf26d5025118bdbf35131637d781a55"
                        "da2f7ff3db0568c0acc7d4a4b6c137f5211bc5ee7925cbf339b82b1005d0778b"
                        "d641a6c58e333351f824f3eb97c3dea7efd5fa7cae0f5e60e7da757fc5bf90dd",
                        PRIVATE_EXPONENT);
}

struct text signing_certificate_pem(void) {
    return certificate();
}
