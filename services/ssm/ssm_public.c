/*
 * Public parameters: the ones of AWS that templates ask for images. Every account sees them, none may change
 * them. The images are made up, one for each name and Region. Source: Systems Manager user guide,
 * "Discovering public parameters".
 */
#include "emulator/base/crypto.h"
#include "services/ssm/ssm.h"

#define ROOT "/aws/service/"
#define AMI_DIGITS 17
#define MODIFIED_MS INT64_C(1735689600000) /* 2025-01-01 */

/* In the order of their bytes. */
static const char *const names[] = {
    ROOT "ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64",
    ROOT "ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64",
    ROOT "ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
    ROOT "ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    ROOT "ami-amazon-linux-latest/al2023-ami-minimal-kernel-6.1-arm64",
    ROOT "ami-amazon-linux-latest/al2023-ami-minimal-kernel-6.1-x86_64",
    ROOT "ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-arm64",
    ROOT "ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64",
    ROOT "ami-amazon-linux-latest/amzn-ami-hvm-x86_64-ebs",
    ROOT "ami-amazon-linux-latest/amzn-ami-hvm-x86_64-gp2",
    ROOT "ami-amazon-linux-latest/amzn2-ami-hvm-arm64-gp2",
    ROOT "ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-ebs",
    ROOT "ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2",
    ROOT "ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-arm64-gp2",
    ROOT "ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-x86_64-ebs",
    ROOT "ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-x86_64-gp2",
    ROOT "ami-amazon-linux-latest/amzn2-ami-minimal-hvm-arm64-ebs",
    ROOT "ami-amazon-linux-latest/amzn2-ami-minimal-hvm-x86_64-ebs",
    ROOT "ami-windows-latest/Windows_Server-2016-English-Full-Base",
    ROOT "ami-windows-latest/Windows_Server-2019-English-Core-Base",
    ROOT "ami-windows-latest/Windows_Server-2019-English-Full-Base",
    ROOT "ami-windows-latest/Windows_Server-2022-English-Core-Base",
    ROOT "ami-windows-latest/Windows_Server-2022-English-Full-Base",
    ROOT "ami-windows-latest/Windows_Server-2025-English-Core-Base",
    ROOT "ami-windows-latest/Windows_Server-2025-English-Full-Base",
    ROOT "canonical/ubuntu/server/20.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
    ROOT "canonical/ubuntu/server/20.04/stable/current/arm64/hvm/ebs-gp2/ami-id",
    ROOT "canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
    ROOT "canonical/ubuntu/server/22.04/stable/current/arm64/hvm/ebs-gp2/ami-id",
    ROOT "canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    ROOT "canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id",
    ROOT "ecs/optimized-ami/amazon-linux-2/arm64/recommended/image_id",
    ROOT "ecs/optimized-ami/amazon-linux-2/gpu/recommended/image_id",
    ROOT "ecs/optimized-ami/amazon-linux-2/recommended/image_id",
    ROOT "ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id",
    ROOT "ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
};

#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

bool ssm_is_public(struct text path) {
    return text_starts_with(path, ROOT);
}

static struct text made_up_image(struct call *call, const char *name) {
    struct strbuf hex = STRBUF_INIT;
    const char *source = arena_printf(call->arena, "%s%s", call->identity.region, name);
    crypto_append_digest_hex(&hex, DIGEST_SHA256, text_of(source));
    const char *image = arena_printf(call->arena, "ami-%.*s", AMI_DIGITS, hex.data);
    strbuf_release(&hex);
    return text_of(image);
}

static void fill(struct call *call, const char *name, struct ssm_parameter *parameter) {
    *parameter = (struct ssm_parameter){
        .path = text_of(name),
        .name = text_of(name),
        .version = 1,
        .type = TEXT("String"),
        .value = made_up_image(call, name),
        .data_type = TEXT("aws:ec2:image"),
        .modified_ms = MODIFIED_MS,
        .tier = TEXT("Standard"),
    };
}

bool ssm_public_find(struct call *call, struct text path, struct ssm_parameter *parameter) {
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (text_equals(path, names[i])) {
            fill(call, names[i], parameter);
            return true;
        }
    }
    return false;
}

bool ssm_public_next(struct call *call, struct text prefix, size_t *index, struct ssm_parameter *parameter) {
    while (ssm_is_public(prefix) && *index < NAME_COUNT) {
        const char *name = names[(*index)++];
        if (prefix.size < strlen(name) && memcmp(prefix.data, name, prefix.size) == 0) {
            fill(call, name, parameter);
            return true;
        }
    }
    return false;
}
