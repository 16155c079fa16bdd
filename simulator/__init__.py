"""An AWS account on this machine: moto, and what moto lacks, on a clock that can be turned.

Never imported by the portal; it is reached over HTTP, by botocore's own AWS_ENDPOINT_URL. Every answer given here is
checked against botocore's service models. What AWS does beyond its models is our reading of its guides.
"""
