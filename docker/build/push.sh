#!/bin/sh
# Pushes the image of RELEASE_VERSION, unless the registry had it before (IMAGE_DIGEST).
set -eu
: "${IMAGE_REPOSITORY:?names the repository of the image}" "${RELEASE_VERSION:?docker/build/version.py names it}"
if [ -n "${IMAGE_DIGEST:-}" ]; then
  echo "$RELEASE_VERSION is in the registry as $IMAGE_DIGEST; nothing is pushed."
  exit 0
fi
docker push --quiet "$IMAGE_REPOSITORY:$RELEASE_VERSION"
