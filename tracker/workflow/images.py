"""Images in which sessions run in containers."""

from collections.abc import Callable
from pathlib import Path

from tracker import __version__
from tracker.measurement.docker.images import ImageRequest, build_image, list_images


def build(
    *,
    tag: str,
    base: str,
    suite: str | None,
    packages: tuple[str, ...],
    programs: dict[str, Path],
    say: Callable[[str], None],
) -> str:
    """Build an image and return one line on it."""
    request = ImageRequest(
        tag=tag,
        base=base,
        suite=suite,
        packages=packages,
        programs=programs,
        tracker_version=__version__,
    )
    built = build_image(request, say)
    return f"{tag}  {built.image_id}  {built.size_bytes / 1e6:.0f} MB"


def listed() -> list[dict[str, object]]:
    """Return a row for each image that was built for measuring."""
    return [
        {
            "image": ", ".join(image.tags) or None,
            "id": image.image_id,
            "megabytes": round(image.size_bytes / 1e6),
            "tracker": image.labels.get("vcs-tracker.tracker"),
        }
        for image in list_images()
    ]
