"""ministack's own settings: it reads them from its environment when it is imported."""

from pathlib import Path

from local_aws.certificate import tls_files
from local_aws.settings import ACCOUNT, HOST, REGION, WAIT_SCALE


def ministack_variables(port: int, temporary: Path, state: Path) -> dict[str, str]:
    """Return the settings of an instance with TLS and IAM on, that keeps to its own folder."""
    server = str(tls_files(state).server)
    return {
        "AUTH": "true",
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": server,
        "MINISTACK_SSL_KEY": server,
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "SFN_WAIT_SCALE": str(WAIT_SCALE),
        "TMPDIR": str(temporary),
        # Bodies of S3 objects on disk, not in memory.
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(temporary / "s3"),
        # Lambdas run as processes of this host, and no container is looked for, run or removed.
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": f"unix://{temporary}/no-docker",
        # Listeners of services that nobody asked for.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }
