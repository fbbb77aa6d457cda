"""The exact files that are downloaded: version, place inside and SHA-256 of each."""

from dataclasses import dataclass

# Released by the Jujutsu project. Several independent packagers state the same sums for the two
# Linux files; one states those of the two macOS files, and its Linux sums agree with the others'.
# A sum that does not fit ends in a refusal, never in an installation.
RELEASE_VERSION = "0.35.0"
RELEASE_ASSET = (
    "https://github.com/jj-vcs/jj/releases/download/v{version}/jj-v{version}-{target}.tar.gz"
)
RELEASE_MEMBER = "jj"


@dataclass(frozen=True)
class ReleaseFile:
    """One file of the official release: its target triple and SHA-256."""

    target: str
    sha256: str

    @property
    def url(self) -> str:
        """Return where the file is published."""
        return RELEASE_ASSET.format(version=RELEASE_VERSION, target=self.target)


# By (system, machine) as `platform` names them, lower case.
RELEASE_FILES = {
    ("linux", "x86_64"): ReleaseFile(
        "x86_64-unknown-linux-musl",
        "9967a240e3294a0bce4444c55d40a35b70af44c69b558689aced95e4e497cef2",
    ),
    ("linux", "aarch64"): ReleaseFile(
        "aarch64-unknown-linux-musl",
        "b42a8a102f60bf5e39d827a9a9faa92c763ca7c1a9cd7fd8782395bdedbecb76",
    ),
    ("darwin", "arm64"): ReleaseFile(
        "aarch64-apple-darwin",
        "60100f9cba3fab2852eb33b580f9f3df8d85286967cdb7d00648f31673550c7d",
    ),
    ("darwin", "x86_64"): ReleaseFile(
        "x86_64-apple-darwin",
        "6794fc8ea946134d7dac4f04a69fb38fe7c0d76dda0445ad018314e815c8c02a",
    ),
}


@dataclass(frozen=True)
class EmbeddedProgram:
    """A program inside a file of an npm package, as bytes at a known place."""

    package: str
    version: str
    package_sha256: str
    member: str
    offset: int
    size: int
    sha256: str

    @property
    def spec(self) -> str:
        """Return what npm calls this very version."""
        return f"{self.package}@{self.version}"


# A third party's package whose native module carries a static jj 0.35.0 (Linux, x86-64).
JJ_IN_NPM = EmbeddedProgram(
    package="agentic-jujutsu",
    version="2.3.6",
    package_sha256="e1d0686c7c7c7f09b3bff95a286fc05845155569e31aa01be060bdd682e4131a",
    member="package/agentic-jujutsu.linux-x64-gnu.node",
    offset=127_183,
    size=25_444_768,
    sha256="1f2626bc89f497255ab035fe444ee7b1bb0070799876007559378a62d3a6e9dd",
)

# The newest jj-cli that a Rust of 2025 still compiles; 0.46 asks for Rust 1.97.
CARGO_CRATE = "jj-cli"
CARGO_VERSION = "0.45.1"
CARGO_NEEDS_RUST = (1, 89)
