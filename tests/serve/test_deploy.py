import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from doodle import __version__
from tests.wheel import build_wheel, install_wheel

CHECKOUT = Path(__file__).parents[2]
DEPLOY = CHECKOUT / "serve" / "deploy"


def tool(name):
    """The path of a command, looked for beside this Python first; the test is skipped where there is none."""
    path = shutil.which(name, path=Path(sys.executable).parent) or shutil.which(name)
    return path or pytest.skip(f"needs {name}")


def resources(name="kubernetes.yaml"):
    yaml = pytest.importorskip("yaml", reason="needs PyYAML")
    return {resource["kind"]: resource for resource in yaml.safe_load_all((DEPLOY / name).read_text())}


def instructions(name):
    """The arguments of each such instruction of the Dockerfile."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{name} +(.*)$", text, re.MULTILINE)


def test_the_dockerfile_has_no_lint():
    subprocess.run([tool("hadolint"), DEPLOY / "Dockerfile"], check=True)


def test_the_manifests_have_no_lint():
    rules = "{extends: default, rules: {line-length: {max: 120}, document-start: disable}}"
    subprocess.run([tool("yamllint"), "--strict", "-d", rules, DEPLOY], check=True)


def test_the_manifest_is_valid_by_kubernetes_own_schema():
    kubernetes_validate = pytest.importorskip("kubernetes_validate", reason="needs kubernetes-validate")
    for resource in resources().values():
        kubernetes_validate.validate(resource, kubernetes_validate.latest_version(), strict=True)


def test_the_manifest_fits_together():
    manifest = resources()
    pod = manifest["Deployment"]["spec"]["template"]
    labels = pod["metadata"]["labels"].items()
    assert manifest["Deployment"]["spec"]["selector"]["matchLabels"].items() <= labels
    assert manifest["Service"]["spec"]["selector"].items() <= labels
    assert manifest["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"].items() <= labels
    target = manifest["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", manifest["Deployment"]["metadata"]["name"])
    (container,) = pod["spec"]["containers"]
    (port,) = container["ports"]
    assert manifest["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(port["containerPort"])


def test_the_manifest_fits_the_image():
    pod = resources()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    user = pod["securityContext"]
    assert instructions("USER") == [f"{user['runAsUser']}:{user['runAsGroup']}"]
    assert instructions("EXPOSE") == [str(container["ports"][0]["containerPort"])]
    assert container["image"] == f"doodle:{__version__}"
    assert f"-t {container['image']} " in (DEPLOY / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A folder with the packages that the Dockerfile installs of what it copies from the checkout."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line != "*" and not line.startswith(("#", "!"))]
    ignore = shutil.ignore_patterns(*(Path(pattern).name for pattern in patterns))
    source = tmp_path_factory.mktemp("source")
    for *sources, _ in (copy.split() for copy in instructions("COPY") if not copy.startswith("--from")):
        for name in sources:
            if (CHECKOUT / name).is_dir():
                shutil.copytree(CHECKOUT / name, source / name, ignore=ignore)
            else:
                shutil.copy(CHECKOUT / name, source)
    wheel = build_wheel(source, tmp_path_factory.mktemp("wheel"))
    return install_wheel(wheel, tmp_path_factory.mktemp("image"))


@pytest.mark.slow
def test_the_image_holds_what_serving_needs_and_no_more(image, tmp_path):
    assert not [*image.rglob("*.pt"), *image.rglob("Dockerfile")]
    command = json.loads(instructions("ENTRYPOINT")[0])
    assert command == ["doodle", "serve", "--host", "0.0.0.0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "doodle.cli", "serve", "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(image)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        container = resources()["Deployment"]["spec"]["template"]["spec"]["containers"][0]
        probes = [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")]
        for path in (*probes, "/", "/models"):
            with urllib.request.urlopen(address + path, timeout=10) as response:
                assert response.status == 200
        pods = resources()["HorizontalPodAutoscaler"]["spec"]["metrics"][0]["pods"]
        with urllib.request.urlopen(address + "/metrics", timeout=10) as response:
            assert f"# TYPE {pods['metric']['name']} gauge" in response.read().decode()
    finally:
        process.terminate()
        process.communicate(timeout=10)
