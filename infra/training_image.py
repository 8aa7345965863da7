"""The image of Linear Learner in whatever region the stack is deployed to."""

from aws_cdk import Aws, CfnMapping
from constructs import Construct

from infra.images import IMAGE_ACCOUNTS, REPOSITORY, image_uri


class TrainingImage(Construct):
    """The table of registry accounts as a CloudFormation mapping, looked up at deploy.

    A region that is not in the table fails the deployment at once.

    Attributes
    ----------
    uri
        The image that trains and serves.
    repository_arn
        The ECR repository, which the execution role may pull from.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        accounts = CfnMapping(
            self,
            "Accounts",
            mapping={region: {"account": account} for region, account in IMAGE_ACCOUNTS.items()},
        )
        account = accounts.find_in_map(Aws.REGION, "account")
        self.uri = image_uri(account=account, region=Aws.REGION, url_suffix=Aws.URL_SUFFIX)
        self.repository_arn = (
            f"arn:{Aws.PARTITION}:ecr:{Aws.REGION}:{account}:repository/{REPOSITORY}"
        )
