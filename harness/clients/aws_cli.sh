# The main job with the AWS CLI. Prints one line a check.
set -u
failed=0

# check NAME PATTERN COMMAND...: it succeeds and prints the pattern.
check() {
    local name=$1 pattern=$2 output
    shift 2
    if output=$("$@" 2>&1) && grep -qE -- "$pattern" <<<"$output"; then
        echo "ok $name"
    else
        failed=1
        echo "FAIL $name: expected /$pattern/, found: $output"
    fi
}

# refused NAME PATTERN COMMAND...: it fails and says so.
refused() {
    local name=$1 pattern=$2 output
    shift 2
    if ! output=$("$@" 2>&1) && grep -qE -- "$pattern" <<<"$output"; then
        echo "ok $name"
    else
        failed=1
        echo "FAIL $name: expected a refusal /$pattern/, found: $output"
    fi
}

aws() { command "${AWS:-aws}" "$@"; }

check "who am I" '000000000000' aws sts get-caller-identity
check "deploy" 'Successfully created' aws cloudformation deploy --template-file fixtures/templates/sum.yaml \
    --stack-name sum --capabilities CAPABILITY_IAM
check "the output" '^7.1$' aws cloudformation describe-stacks --stack-name sum --query 'Stacks[0].Outputs[0].OutputValue' --output text
check "events" 'Custom::SumInfo' aws cloudformation describe-stack-events --stack-name sum
check "resources" 'CREATE_COMPLETE' aws cloudformation list-stack-resources --stack-name sum
function=$(aws cloudformation describe-stack-resource --stack-name sum --logical-resource-id Handler \
    --query StackResourceDetail.PhysicalResourceId --output text)
check "the handler's log" 'asked to Create Sum' aws logs filter-log-events --log-group-name "/aws/lambda/$function"
refused "deploy again" 'No changes to deploy|No updates are to be performed' aws cloudformation deploy --fail-on-empty-changeset \
    --template-file fixtures/templates/sum.yaml --stack-name sum --capabilities CAPABILITY_IAM
check "delete" '' aws cloudformation delete-stack --stack-name sum
check "wait for it" '' aws cloudformation wait stack-delete-complete --stack-name sum
refused "gone" 'Stack with id sum does not exist' aws cloudformation describe-stacks --stack-name sum
check "crash on delete: deploy" 'Successfully' aws cloudformation deploy --template-file fixtures/templates/crash-on-delete.yaml \
    --stack-name crash --capabilities CAPABILITY_IAM
check "crash on delete: delete" '' aws cloudformation delete-stack --stack-name crash
refused "crash on delete: wait" 'DELETE_FAILED' aws cloudformation wait stack-delete-complete --stack-name crash
check "crash on delete: reason" 'failed to delete: \[Thing\]' aws cloudformation describe-stacks --stack-name crash \
    --query 'Stacks[0].StackStatusReason' --output text
check "crash on delete: retain" '' aws cloudformation delete-stack --stack-name crash --retain-resources Thing
check "crash on delete: gone" '' aws cloudformation wait stack-delete-complete --stack-name crash

check "put a parameter" '"Version": 1' aws ssm put-parameter --name /a --value x --type String
check "get it" '"Value": "x"' aws ssm get-parameter --name /a
refused "get another" 'ParameterNotFound' aws ssm get-parameter --name /b
url=$(aws sqs create-queue --queue-name q --query QueueUrl --output text)
check "send a message" 'MessageId' aws sqs send-message --queue-url "$url" --message-body hello
check "receive it" '"Body": "hello"' aws sqs receive-message --queue-url "$url"
check "create a topic" 'TopicArn' aws sns create-topic --name t
check "create a table" 'TableArn' aws dynamodb create-table --table-name table --attribute-definitions AttributeName=k,AttributeType=S \
    --key-schema AttributeName=k,KeyType=HASH --billing-mode PAY_PER_REQUEST
check "wait for the table" '' aws dynamodb wait table-exists --table-name table
check "put an item" '' aws dynamodb put-item --table-name table --item '{"k":{"S":"a"},"n":{"N":"1"}}'
check "get the item" '"N": "1"' aws dynamodb get-item --table-name table --key '{"k":{"S":"a"}}'
check "make a bucket" 'make_bucket' aws s3 mb s3://bucket
check "copy a file" 'upload' aws s3 cp fixtures/templates/sum.yaml s3://bucket/sum.yaml
check "list it" 'sum.yaml' aws s3 ls s3://bucket
check "deploy from the bucket" '' aws cloudformation create-stack --stack-name url --capabilities CAPABILITY_IAM \
    --template-url https://bucket.s3.amazonaws.com/sum.yaml
exit $failed
