"""Holds signupd.yaml against Kubernetes' schemas, the restricted standard of Pod Security, and itself.

Prints what the containers of signupd are started with, as JSON, for the test that starts the program with it.
"""

import json
import re
import sys

import kubernetes_validate
import yaml

# The first version with sidecars that need no feature gate, and the newest whose schemas are known.
VERSIONS = ("1.29", kubernetes_validate.latest_version())


def require(condition, problem):
    if not condition:
        sys.exit(f"{sys.argv[1]}: {problem}")


def check_restricted(pod, container):
    """The restricted standard asks this of every container; some of it may stand at the pod."""
    own, common = container["securityContext"], pod["securityContext"]
    name = container["name"]
    require(common["runAsNonRoot"] is True and own["runAsUser"] > 0, f"{name} may run as root")
    require(own["allowPrivilegeEscalation"] is False, f"{name} may gain privileges")
    require(own["capabilities"] == {"drop": ["ALL"]}, f"{name} keeps capabilities")
    require(common["seccompProfile"]["type"] == "RuntimeDefault", "no seccomp profile")
    # Beyond the standard: nothing to write to but what is mounted, and a bound on memory.
    require(own["readOnlyRootFilesystem"] is True, f"{name} may write to its image")
    require("memory" in container["resources"]["limits"], f"{name} has no bound on memory")


def check_mounts(pod, container):
    volumes = {volume["name"] for volume in pod["volumes"]}
    for mount in container["volumeMounts"]:
        require(mount["name"] in volumes, f"{container['name']} mounts {mount['name']}, which is no volume")


documents = list(yaml.safe_load_all(open(sys.argv[1], encoding="utf-8")))
for document in documents:
    for version in VERSIONS:
        kubernetes_validate.validate(document, version, strict=True)

by_kind = {document["kind"]: document for document in documents}
secrets, settings = by_kind["Secret"]["stringData"], by_kind["ConfigMap"]["data"]
deployment = by_kind["Deployment"]["spec"]
pod = deployment["template"]["spec"]
require(
    deployment["selector"]["matchLabels"].items() <= deployment["template"]["metadata"]["labels"].items(),
    "the selector does not find its own pods",
)
containers = pod["initContainers"] + pod["containers"]
for container in containers:
    check_restricted(pod, container)
    check_mounts(pod, container)

# Nothing that holds a password is in an environment; each file that a setting names is a key of the secret.
require(not any(re.search(r"//[^/]*:[^/]*@", value) for value in settings.values()), "a ConfigMap holds a password")
ours = [container for container in containers if "/signupd:" in container["image"]]
for name, path in settings.items():
    if name.endswith("_FILE"):
        require(path.rsplit("/", 1)[1] in secrets, f"{name} names {path}, which the secret does not have")
for container in ours:
    require(container["envFrom"] == [{"configMapRef": {"name": "signupd"}}], f"{container['name']} has other settings")

sidecar = next(container for container in ours if container.get("restartPolicy") == "Always")
migration = next(container for container in ours if container is not sidecar)
require(containers.index(migration) < containers.index(sidecar), "the tables come after the program")
print(
    json.dumps(
        {
            "settings": settings,
            "secrets": secrets,
            "migrate": migration["args"],
            "serve": sidecar["args"],
            "probe": sidecar["livenessProbe"]["exec"]["command"],
        }
    )
)
