"""A session's report put into files."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from tracker.models import BenchmarkReport, SessionResult
from tracker.report.build import CONFIG, RAW_DATA
from tracker.report.files import Text, free_names, write_files
from tracker.report.html import to_html
from tracker.report.iterations import to_csv, to_json_lines
from tracker.report.json_form import json_parts
from tracker.report.markdown import markdown_parts

HTML, MARKDOWN, JSON, CSV = "report.html", "report.md", "report.json", "results.csv"


@dataclass(frozen=True)
class Links:
    """Addresses in MLflow: of the session, of views, and of trials by run id."""

    session: str | None
    views: Mapping[str, str]
    runs: Mapping[str, str]


@dataclass(frozen=True)
class WrittenReport:
    """Where each file of a report is; None for a form that was not asked for."""

    html: Path | None
    markdown: Path | None
    json: Path | None
    csv: Path
    raw: Path
    config: Path

    @property
    def best(self) -> Path:
        """Return the file a person should open."""
        return self.html or self.markdown or self.json or self.csv


def write_report(
    folder: Path,
    report: BenchmarkReport,
    *,
    measured: SessionResult,
    formats: Collection[str],
    compression: bool,
    config_json: str,
    mlflow_url: str | None = None,
    mlflow_views: Mapping[str, str] | None = None,
    mlflow_runs: Mapping[str, str] | None = None,
) -> WrittenReport:
    """Write a report and what it rests on; nothing that exists is overwritten.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    report : BenchmarkReport
        Its `appendices` are written with the names the files really get.
    measured : SessionResult
        Trials and iterations; results.csv and the raw data are always written.
    formats : collection of {'html', 'markdown', 'json'}
        The configuration's `output.formats`.
    compression : bool
        Pack the raw data and report.json; config.json stays readable for `tracker run`.
    config_json : str
        The configuration as it was run, options applied.
    mlflow_url : str, optional
        Where the session's runs can be seen.
    mlflow_views, mlflow_runs : mappings, optional
        Addresses of prepared views and of trials; see `to_html`.
    """
    packed = ".gz" if compression else ""
    wanted = {
        HTML: HTML if "html" in formats else None,
        MARKDOWN: MARKDOWN if "markdown" in formats else None,
        JSON: JSON + packed if "json" in formats else None,
        CSV: CSV,
        RAW_DATA: RAW_DATA + packed,
        CONFIG: CONFIG,
    }
    while True:
        free = free_names(folder, [name for name in wanted.values() if name])
        names = {logical: free[name] for logical, name in wanted.items() if name}
        named = _with_names(report, names[RAW_DATA], names[CONFIG])
        links = Links(mlflow_url, mlflow_views or {}, mlflow_runs or {})
        texts = _texts(named, measured, config_json, links, frozenset(names))
        try:
            write_files(folder, {names[logical]: text for logical, text in texts.items()})
        except FileExistsError:  # somebody else took a name in between: take the next
            continue
        paths = {logical: folder / name for logical, name in names.items()}
        return WrittenReport(
            html=paths.get(HTML),
            markdown=paths.get(MARKDOWN),
            json=paths.get(JSON),
            csv=paths[CSV],
            raw=paths[RAW_DATA],
            config=paths[CONFIG],
        )


def _with_names(report: BenchmarkReport, raw: str, config: str) -> BenchmarkReport:
    guide = report.appendices.reproducibility
    commands = tuple(command.replace(guide.config_file, config) for command in guide.commands)
    named = guide.model_copy(update={"config_file": config, "commands": commands})
    return report.model_copy(
        update={
            "appendices": report.appendices.model_copy(
                update={"raw_data": raw, "reproducibility": named}
            )
        }
    )


def _texts(
    report: BenchmarkReport,
    measured: SessionResult,
    config_json: str,
    links: Links,
    asked: frozenset[str],
) -> dict[str, Text]:
    texts: dict[str, Text] = {
        RAW_DATA: to_json_lines(measured.records),
        CONFIG: config_json.rstrip("\n") + "\n",
        CSV: to_csv(measured.records),
    }
    if JSON in asked:
        texts[JSON] = json_parts(report)
    if MARKDOWN in asked:
        texts[MARKDOWN] = markdown_parts(report)
    if HTML in asked:
        texts[HTML] = to_html(
            report,
            trials=measured.trials,
            records=measured.records,
            skipped=measured.skipped,
            mlflow_url=links.session,
            mlflow_views=links.views,
            mlflow_runs=links.runs,
            title=measured.session.config_name,
        )
    return texts
