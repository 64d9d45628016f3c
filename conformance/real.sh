#!/usr/bin/env bash
# The suites against the real thing: builds what they need once per machine (a Kubernetes control plane and the oracles,
# minutes the first time), then runs vitest's project `real`. Arguments go to vitest.
#
#   npm run test:real                      all of it
#   npm run test:real -- conformance/scenarios
#
# With KUBEBUILDER_ASSETS naming a folder that holds the programs, nothing is built; without Go the oracles are left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
KUBEBUILDER_ASSETS=$(conformance/real-cluster/kube-assets --all)
export KUBEBUILDER_ASSETS
if command -v go >/dev/null; then
  conformance/oracles/run --build >/dev/null
else
  echo 'left out: the oracles need Go (https://go.dev)' >&2
  set -- --exclude '**/oracles/**' --exclude '**/kustomize/*.real.ts' "$@"
fi
exec npx vitest run --project real --no-file-parallelism "$@"
