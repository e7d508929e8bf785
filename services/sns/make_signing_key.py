#!/usr/bin/env python3
"""Makes the numbers in signing_key.c and the certificate signing_certificate.pem.

Every notification carries an RSA signature; with an ordinary 2048-bit key it alone would cost ten times
what the rest of a Publish does. So this key is chosen for speed, and is worthless as a secret on purpose
(it stands in a public source file anyway): the modulus is a product of small primes p for which p - 1
divides L, so that exponents count modulo L only. The private exponent is 5, the public one a 29-bit number
that every RSA implementation takes. To whoever verifies it is RSA with a 2048-bit modulus.

    python3 services/sns/make_signing_key.py      (from the top of the source tree; prints the numbers)
"""
import base64
import hashlib
import math

L = 2028970944  # 2^6 3^4 7 11 13 17 23: not divisible by 5
BITS = 2048
PRIVATE_EXPONENT = 5


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


def modulus_and_public_exponent():
    divisors = {1}
    rest = L
    for prime in (2, 3, 7, 11, 13, 17, 23):
        while rest % prime == 0:
            rest //= prime
            divisors |= {divisor * prime for divisor in divisors}
    modulus, order = 1, 1
    for prime in sorted((divisor + 1 for divisor in divisors), reverse=True):
        if prime > 65537 and (modulus * prime).bit_length() <= BITS and is_prime(prime):
            modulus *= prime
            order = math.lcm(order, prime - 1)
    assert modulus.bit_length() == BITS
    return modulus, pow(PRIVATE_EXPONENT, -1, order)


def der(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(number):
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def sign(modulus, message):
    """PKCS #1 v1.5 with SHA-256."""
    info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(message).digest()
    padded = b"\x00\x01" + b"\xff" * (BITS // 8 - 3 - len(info)) + b"\x00" + info
    return pow(int.from_bytes(padded, "big"), PRIVATE_EXPONENT, modulus).to_bytes(BITS // 8, "big")


def certificate(modulus, exponent):
    null = der(0x05)
    rsa = der(0x30, der(0x06, bytes.fromhex("2a864886f70d010101")), null)
    sha256_with_rsa = der(0x30, der(0x06, bytes.fromhex("2a864886f70d01010b")), null)
    name = der(0x30, der(0x31, der(0x30, der(0x06, bytes.fromhex("550403")), der(0x0C, b"sns.amazonaws.com"))))
    validity = der(0x30, der(0x17, b"200101000000Z"), der(0x17, b"491231235959Z"))
    key = der(0x30, rsa, der(0x03, b"\x00", der(0x30, integer(modulus), integer(exponent))))
    tbs = der(0x30, der(0xA0, integer(2)), integer(1), sha256_with_rsa, name, validity, name, key)
    return der(0x30, tbs, sha256_with_rsa, der(0x03, b"\x00", sign(modulus, tbs)))


def main():
    modulus, exponent = modulus_and_public_exponent()
    text = base64.b64encode(certificate(modulus, exponent)).decode()
    with open("services/sns/signing_certificate.pem", "w") as pem:
        pem.write("-----BEGIN CERTIFICATE-----\n")
        pem.writelines(text[i:i + 64] + "\n" for i in range(0, len(text), 64))
        pem.write("-----END CERTIFICATE-----\n")
    print(f"modulus {modulus:x}\npublic exponent {exponent}\nprivate exponent {PRIVATE_EXPONENT}")


if __name__ == "__main__":
    main()
