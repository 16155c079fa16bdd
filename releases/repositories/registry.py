"""Finds the repository behind an address."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from portal import aws
from releases.repositories.base import Repository
from releases.repositories.codecommit import CodeCommitRepository
from releases.repositories.git import GitRepository
from releases.rules.pipelines import addresses


def repository_for(address: str, access: aws.Access | None = None) -> Repository:
    """Will give the repository at `address`: CodeCommit's, read with the rights of `access`, else a folder on this
    machine. The first question shows if it is one.
    """
    place = addresses.place_of(address)
    if place is not None:
        there = replace(access, region=place.region) if access else aws.Access(place.region)
        return CodeCommitRepository(place.name, partial(aws.client, access=there))
    return GitRepository(Path(address))
