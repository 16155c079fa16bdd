"""What builds: CodeCommit, ECR, CodeBuild, CodePipeline."""

from simulator.services.cloudformation.making import KINDS, Account, Kind, Made, Properties


def _repository(made: Made) -> None:
    policy = made.properties.get("LifecyclePolicy")
    if policy:
        made.account.client("ecr").put_lifecycle_policy(
            repositoryName=made.id, lifecyclePolicyText=policy["LifecyclePolicyText"]
        )


def _pipeline(properties: Properties, _: Account) -> Properties:
    return {"pipeline": properties}


KINDS.update(
    {
        "AWS::CodeCommit::Repository": Kind(
            "codecommit",
            "create_repository",
            lambda made: made.answer["repositoryMetadata"]["repositoryId"],
            {
                "Arn": lambda made: made.answer["repositoryMetadata"]["Arn"],
                "Name": lambda made: made.answer["repositoryMetadata"]["repositoryName"],
                "CloneUrlHttp": lambda made: made.answer["repositoryMetadata"]["cloneUrlHttp"],
            },
        ),
        "AWS::ECR::Repository": Kind(
            "ecr",
            "create_repository",
            lambda made: made.answer["repository"]["repositoryName"],
            {
                "Arn": lambda made: made.answer["repository"]["repositoryArn"],
                "RepositoryUri": lambda made: made.answer["repository"]["repositoryUri"],
            },
            after=_repository,
            apart=frozenset({"LifecyclePolicy"}),
        ),
        "AWS::CodeBuild::Project": Kind(
            "codebuild",
            "create_project",
            lambda made: made.answer["project"]["name"],
            {"Arn": lambda made: made.answer["project"]["arn"]},
        ),
        "AWS::CodePipeline::Pipeline": Kind(
            "codepipeline",
            "create_pipeline",
            lambda made: made.answer["pipeline"]["name"],
            change=_pipeline,
        ),
    }
)
