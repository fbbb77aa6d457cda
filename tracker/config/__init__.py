"""Configurations, suites and variants read from files and validated."""

from tracker.config.errors import InputError, Problem
from tracker.config.features import FEATURES, LANDMARKS
from tracker.config.loading import default_config, load_any, load_config, load_suite
from tracker.config.parameters import is_parameter_file, load_parameters, parameters_text
from tracker.config.project import Project, find_project
from tracker.config.resources import data_root, shipped_configs, shipped_suites, shipped_variants
from tracker.config.schema import (
    config_schema,
    config_template,
    report_schema,
    suite_schema,
    variant_schema,
)
from tracker.config.selection import Library, SuiteFile, find_suites, read_library
from tracker.config.settings import Settings, load_settings
from tracker.config.validation import check_values
from tracker.config.variants import load_variant, load_variants

__all__ = [
    "FEATURES",
    "LANDMARKS",
    "InputError",
    "Library",
    "Problem",
    "Project",
    "Settings",
    "SuiteFile",
    "check_values",
    "config_schema",
    "config_template",
    "data_root",
    "default_config",
    "find_project",
    "find_suites",
    "is_parameter_file",
    "load_any",
    "load_config",
    "load_parameters",
    "load_settings",
    "load_suite",
    "load_variant",
    "load_variants",
    "parameters_text",
    "read_library",
    "report_schema",
    "shipped_configs",
    "shipped_suites",
    "shipped_variants",
    "suite_schema",
    "variant_schema",
]
