#!/bin/sh
# The pinned CDK CLI on the pinned Node. Linked as .venv/bin/cdk.
checkout=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
PATH="$checkout/.venv/bin:$PATH"
export PATH
# Telemetry would go to AWS, and be sent by a process that outlives the command.
export CDK_DISABLE_CLI_TELEMETRY=1
if [ ! -f "$checkout/node_modules/aws-cdk/bin/cdk" ]; then
    echo "cdk: the CDK CLI is not installed; run 'make setup' in $checkout" >&2
    exit 1
fi
exec "$checkout/.venv/bin/node" "$checkout/node_modules/aws-cdk/bin/cdk" "$@"
