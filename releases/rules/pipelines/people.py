"""Who stands behind an ARN."""

UNKNOWN = "somebody"


def name_of(arn: str) -> str:
    """Will give the name of the person behind an IAM ARN: the role session's name, or the user's.

    arn:aws:sts::111122223333:assumed-role/Approvers/grace@example.org is grace@example.org;
    arn:aws:iam::111122223333:user/staff/grace is grace (IAM user guide, "IAM ARNs"). Other text is given as it is.
    """
    if not arn:
        return UNKNOWN
    return (arn.rpartition("/" if "/" in arn else ":")[2] or arn)[:200]
