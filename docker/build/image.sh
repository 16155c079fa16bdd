#!/bin/sh
# Builds the image of RELEASE_VERSION, labelled with its commit, on a base that is pinned by its digest.
# What the registry holds (IMAGE_DIGEST) is not built a second time: a version is one image for ever.
set -eu
cd "$(dirname "$0")/../.."
: "${IMAGE_REPOSITORY:?names the repository of the image}" "${RELEASE_VERSION:?docker/build/version.py names it}"
commit=$(git rev-parse HEAD)

if [ -n "${IMAGE_DIGEST:-}" ]; then
  docker pull --quiet "$IMAGE_REPOSITORY@$IMAGE_DIGEST"
  of=$(docker image inspect --format '{{index .Config.Labels "org.opencontainers.image.revision"}}' \
    "$IMAGE_REPOSITORY@$IMAGE_DIGEST")
  if [ "$of" != "$commit" ]; then
    echo "$IMAGE_REPOSITORY:$RELEASE_VERSION was built of $of, and this is $commit. Nothing was built or pushed." \
      "A version never changes: give this commit another one." >&2
    exit 1
  fi
  echo "$RELEASE_VERSION is in the registry as $IMAGE_DIGEST; it is not built again."
  exit 0
fi

# docker/base.txt may name a tag. Which digest the tag has now, only the registry knows: it is asked, and the answer
# is what is built on and what the label says.
base=$(cat docker/base.txt)
case $base in
*@sha256:*) ;;
*)
  docker pull --quiet "$base"
  base=$(docker image inspect --format '{{index .RepoDigests 0}}' "$base")
  ;;
esac
case $base in
*@sha256:*) ;;
*) echo "The base $base has no digest, so nothing was built. Pull it from a registry." >&2 && exit 1 ;;
esac

docker build --file docker/Dockerfile --target portal --tag "$IMAGE_REPOSITORY:$RELEASE_VERSION" \
  --build-arg "BASE=$base" --build-arg "BASE_DIGEST=${base#*@}" \
  --build-arg "VERSION=$RELEASE_VERSION" --build-arg "COMMIT=$commit" \
  --build-arg "CREATED=$(date -u +%Y-%m-%dT%H:%M:%SZ)" .
