"""Images for measuring, built from one Dockerfile with or without a registry."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import docker
from pydantic import Field

from tracker.measurement.docker.engine import connect, engine_errors
from tracker.measurement.executor import ExecutorError
from tracker.models import Value

DEFAULT_TAG = "vcs-tracker:latest"
DEFAULT_BASE = "debian:sid-slim"
DEFAULT_SUITE = "sid"
LABEL = "vcs-tracker.image"
VERSION_LABEL = "vcs-tracker.tracker"
DEBOOTSTRAP_SECONDS = 1800
PATH_IN_IMAGE = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ALWAYS = ("git", "ca-certificates")

Say = Callable[[str], None]


class ImageRequest(Value):
    """An image that is to be built.

    `suite` is that of a base made by debootstrap, instead of `base` from a registry;
    `programs` are executables of this machine that are put into the image.
    """

    tag: str = DEFAULT_TAG
    base: str = DEFAULT_BASE
    suite: str | None = None
    packages: tuple[str, ...] = ALWAYS
    programs: dict[str, Path] = Field(default_factory=dict)
    tracker_version: str


class BuiltImage(Value):
    """An image of the engine that was made for measuring."""

    image_id: str
    tags: tuple[str, ...]
    size_bytes: int
    labels: dict[str, str]


def build_image(request: ImageRequest, say: Say, api: docker.APIClient | None = None) -> BuiltImage:
    """Build an image and return it; every step of the engine is told.

    Raises
    ------
    ExecutorError
        When the engine, a package source or a program cannot be used.
    """
    client = api or connect()
    try:
        base = request.base
        packages = request.packages
        if request.suite is not None:
            base = bootstrapped_base(request.suite, packages, say, client)
            packages = tuple(name for name in packages if "=" in name)  # the others are in it
        with tempfile.TemporaryDirectory(prefix="tracker-image-") as name:
            context = write_context(Path(name), request.programs)
            _build(
                client, context, request, {"BASE_IMAGE": base, "PACKAGES": " ".join(packages)}, say
            )
        return _described(client, request.tag)
    finally:
        if api is None:
            client.close()


def list_images(api: docker.APIClient | None = None) -> tuple[BuiltImage, ...]:
    """Return the images that were built for measuring."""
    client = api or connect()
    try:
        with engine_errors():
            found = client.images(filters={"label": LABEL})
        return tuple(
            BuiltImage(
                image_id=item["Id"],
                tags=tuple(item.get("RepoTags") or ()),
                size_bytes=item["Size"],
                labels=item.get("Labels") or {},
            )
            for item in found
        )
    finally:
        if api is None:
            client.close()


def write_context(folder: Path, programs: Mapping[str, Path]) -> Path:
    """Write what an engine is sent: the Dockerfile and the programs to be copied."""
    text = files("tracker.measurement.docker").joinpath("Dockerfile").read_text(encoding="utf-8")
    (folder / "Dockerfile").write_text(text, encoding="utf-8")
    programs_folder = folder / "dist"
    programs_folder.mkdir()
    for name, path in programs.items():
        try:
            shutil.copyfile(path, programs_folder / name)
        except OSError as error:
            raise ExecutorError(f"{path}: {error.strerror}; name an executable file") from error
        (programs_folder / name).chmod(0o755)
    return folder


def bootstrapped_base(suite: str, packages: Sequence[str], say: Say, api: docker.APIClient) -> str:
    """Make a base image by debootstrap from the package source of this system; return its name."""
    program = shutil.which("debootstrap")
    if program is None:
        raise ExecutorError("debootstrap is not installed; install it, or name a --base")
    source = configured_source()
    tag = f"vcs-tracker-base:{suite}"
    with tempfile.TemporaryDirectory(prefix="tracker-rootfs-") as name:
        root, archive = Path(name, "root"), Path(name, "root.tar")
        say(f"debootstrap of {suite}; this takes a minute or two")
        wanted = ",".join(package.partition("=")[0] for package in packages)
        include = [f"--include={wanted}"] if wanted else []
        _run([program, "--variant=minbase", *include, suite, str(root), source])
        shutil.rmtree(root / "var" / "cache" / "apt" / "archives", ignore_errors=True)
        say("importing it")
        _run(["tar", "--numeric-owner", "-C", str(root), "-cf", str(archive), "."])
        with engine_errors():
            api.import_image_from_file(
                str(archive),
                repository="vcs-tracker-base",
                tag=suite,
                changes=[f"ENV PATH={PATH_IN_IMAGE}"],
            )
    return tag


def configured_source(run: Callable[[Sequence[str]], str] | None = None) -> str:
    """Return the package source this system is configured with."""
    apt = shutil.which("apt-get")
    if apt is None and run is None:
        raise ExecutorError("this system has no apt; name a --base image instead")
    command = [apt or "apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages"]
    listed = (run or _run)(command).split()
    if not listed:
        raise ExecutorError("apt has no package source; configure one, or name a --base image")
    return listed[0]


def _build(
    api: docker.APIClient,
    context: Path,
    request: ImageRequest,
    arguments: Mapping[str, str],
    say: Say,
) -> None:
    with engine_errors():
        steps = api.build(
            path=str(context),
            tag=request.tag,
            buildargs=dict(arguments),
            labels={LABEL: "1", VERSION_LABEL: request.tracker_version},
            rm=True,
            forcerm=True,
            decode=True,
        )
        for step in steps:
            if "error" in step:
                raise ExecutorError(f"the image was not built: {step['error']}")
            if text := str(step.get("stream", "")).strip():
                say(text)


def _described(api: docker.APIClient, tag: str) -> BuiltImage:
    with engine_errors():
        facts = api.inspect_image(tag)  # type: ignore[no-untyped-call]
    return BuiltImage(
        image_id=facts["Id"],
        tags=tuple(facts.get("RepoTags") or ()),
        size_bytes=facts["Size"],
        labels=facts["Config"].get("Labels") or {},
    )


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            list(command), capture_output=True, text=True, timeout=DEBOOTSTRAP_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExecutorError(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise ExecutorError(f"{command[0]}: {lines[-1] if lines else done.returncode}")
    return done.stdout
