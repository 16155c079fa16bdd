"""What the environment says, read once and checked at start.

Every setting of Verdigris stands here with its default and one sentence;
docs/settings.md is generated from this class. Nothing else reads the environment.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parent.parent


class Configuration(BaseSettings):
    """Will hold every setting, with types; the names in the environment start with PORTAL_."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", extra="ignore", populate_by_name=True)

    surface: Literal["portal", "insights"] = Field(
        "portal", description="Which pages this process serves: the portal, or only the public insights site."
    )
    debug: bool = Field(default=False, description="Django's debug pages. Never on a machine others can reach.")
    state_dir: Path = Field(
        BASE_DIR / "var", description="The folder that holds everything Verdigris keeps on this machine."
    )
    secret_key: SecretStr | None = Field(
        None, description="Signs sessions and links. Without it one is made and kept in the state folder."
    )
    ledger_key: SecretStr | None = Field(
        None, description="Seals the ledger's chain. Without it one is made and kept in the state folder."
    )
    database_url: str = Field(
        "",
        alias="DATABASE_URL",
        description="PostgreSQL as postgres://user:password@host:port/name; empty is SQLite in the state folder.",
    )
    redis_url: str = Field("", description="The queue's address; empty is the Redis that `make run` starts.")
    host: str = Field("127.0.0.1", description="The address on which HAProxy listens for people.")
    port: int = Field(8000, ge=1, le=65535, description="The portal's port, the one address to remember.")
    insights_port: int = Field(8001, ge=1, le=65535, description="The released site's port.")
    preview_port: int = Field(8002, ge=1, le=65535, description="Green's preview, on its own port.")
    internal_port: int = Field(
        8100, ge=1, le=65500, description="The first of the ports on loopback that processes use between themselves."
    )
    allowed_hosts: str = Field(
        "localhost,127.0.0.1,[::1],insights.localhost",
        description="Host names that are answered, with commas between them.",
    )
    is_https: bool = Field(
        default=False, description="Set it when people come over HTTPS: cookies become secure and HSTS is sent."
    )
    tick_s: float = Field(2.0, gt=0, le=60, description="Seconds between two looks at every active rollout.")
    web_workers: int = Field(2, ge=1, le=64, description="Web processes for pages.")
    sample_visitors_per_s: float = Field(
        20.0, ge=0, le=1000, description="Requests a second that the sample's visitors make; 0 sends none."
    )
    sample: Path | None = Field(
        None, description="A JSON file with the sample's environments; empty is one on this machine."
    )
    launcher: Literal["supervisor", "docker"] = Field(
        "supervisor", description="What runs the copies of a released application on premises."
    )
    snapshot: Path | None = Field(
        None, description="The DuckDB file that the insights pages read; empty is the state folder's current one."
    )
    embed_origins: str = Field(
        "",
        pattern=r"^(\*|https?://[\w.*-]+(:\d+)?( https?://[\w.*-]+(:\d+)?)*)?$",
        description="Whose pages may show charts of the insights site in a frame: origins such as "
        "https://news.example.org with spaces between them, or *; empty is nobody's.",
    )
    embed_key: SecretStr | None = Field(
        None,
        description="Signs the addresses of charts in frames; empty makes one in the state folder. Another key ends "
        "every address that was given out.",
    )
    query_engine: Literal["duckdb", "athena"] = Field("duckdb", description="What answers SQL that people write.")
    query_slots: int = Field(2, ge=1, le=64, description="Queries that the embedded engine runs at once.")
    query_threads: int = Field(2, ge=1, le=64, description="Threads that one query of the embedded engine may use.")
    query_has_spare: bool = Field(
        default=True, description="Keep a fenced process ready for the next query: it starts faster, for some memory."
    )
    query_limit_s: float = Field(60.0, gt=0, le=3600, description="Seconds after which a query is ended.")
    query_memory_mb: int = Field(1024, ge=64, description="Megabytes of memory that one query may use.")
    query_rows: int = Field(5_000_000, ge=1, description="The most rows that a query's result may have.")
    query_result_mb: int = Field(1024, ge=1, description="The most megabytes that a query's result may take.")
    results_kept_days: int = Field(30, ge=1, description="Days that results are kept; the history is kept for good.")
    athena_region: str = Field("", description="The region of the Athena workgroup; empty means that there is none.")
    athena_workgroup: str = Field("verdigris", description="The Athena workgroup; its cut-off bounds every query.")
    athena_results: str = Field("", description="Where Athena writes results: s3://bucket/prefix/.")
    athena_role_arn: str = Field("", description="The role that is assumed for queries; empty is the portal's own.")
    athena_external_id: str = Field("", description="The external id that the role asks for, if it does.")
    athena_reuse_minutes: int = Field(
        60, ge=0, le=10_080, description="How old a result may be that Athena gives again; 0 gives none again."
    )
    sources_region: str = Field(
        "", description="The region of the S3 buckets and Data Exchange data sets that data comes from."
    )
    sources_role_arn: str = Field(
        "", description="The role that is assumed to bring data in; empty is the portal's own."
    )
    sources_external_id: str = Field("", description="The external id that the role asks for, if it does.")
    sources_look_s: float = Field(900, ge=10, description="Seconds between two looks at a source that is followed.")
    sources_exports: str = Field("", description="Where Data Exchange exports revisions to: s3://bucket/prefix/.")
    lake_bucket: str = Field(
        "", description="The bucket of the account's lake, to which snapshots are published; empty publishes none."
    )
    lake_region: str = Field("", description="The region of that bucket and of Glue's databases of snapshots.")
    lake_role_arn: str = Field("", description="The role that is assumed to publish; empty is the portal's own.")
    lake_external_id: str = Field("", description="The external id that the role asks for, if it does.")
    quicksight_region: str = Field(
        "", description="The region of QuickSight's dashboards; empty means that the portal draws its own instead."
    )
    quicksight_account: str = Field("", pattern=r"^(\d{12})?$", description="The AWS account of QuickSight.")
    quicksight_role_arn: str = Field(
        "", description="The role that is assumed to embed and refresh dashboards; empty is the portal's own."
    )
    quicksight_external_id: str = Field("", description="The external id that the role asks for, if it does.")
    quicksight_dashboards: str = Field("", description="The dashboards that are shown, by id, with commas between.")
    quicksight_identity: Literal["registered", "anonymous"] = Field(
        "registered", description="Whether people are users of QuickSight, or nobody there and bound by tags on rows."
    )
    quicksight_namespace: str = Field("default", description="The namespace of the users, or of anonymous sessions.")
    quicksight_reader_role_arn: str = Field(
        "", description="The role under which people federate: a person is the user role/name."
    )
    quicksight_registers: bool = Field(
        default=False, description="Register people as readers who aren't users yet; each may cost what AWS asks."
    )
    quicksight_rows: dict[str, str] = Field(
        {},
        description="For anonymous sessions, the continents that each role of the portal sees, as JSON such as "
        '{"viewer": "Europe,Asia", "analyst": "*"}; a person whose roles aren\'t named sees nothing.',
    )
    quicksight_domains: str = Field(
        "",
        description="Whose pages may show dashboards, such as https://releases.example.org, at most three with commas "
        "between them; empty leaves it to QuickSight's own list.",
    )
    quicksight_frames: str = Field(
        "", description="The origin of the frames; empty is https://REGION.quicksight.aws.amazon.com."
    )
    quicksight_session_minutes: int = Field(
        60, ge=15, le=600, description="Minutes after which a dashboard's session ends; an open page renews it before."
    )
    athena_price_usd_per_tb: float = Field(5.0, ge=0, description="What Athena asks for a terabyte scanned, in USD.")
    notebook_slots: int = Field(
        4, ge=0, le=64, description="Notebook servers that may run at once, one for each person; 0 turns notebooks off."
    )
    notebook_memory_mb: int = Field(2048, ge=256, description="Megabytes of memory of each process of a notebook.")
    notebook_processes: int = Field(256, ge=32, le=4096, description="Processes and threads of one person's notebooks.")
    notebook_cpu_s: int = Field(
        4 * 3600, ge=60, description="Seconds of processor time after which one process of a notebook is ended."
    )
    notebook_idle_s: int = Field(
        3600, ge=60, description="Seconds without use after which a kernel is ended, and then its server."
    )
    notebooks_unfenced: bool = Field(
        default=False,
        description="Run notebooks without a fence where the machine has none: their code may then read and change "
        "whatever the portal may.",
    )
    openid_key: SecretStr | None = Field(
        None,
        description="Signs ID tokens for programs that sign people in through the portal, such as JupyterHub: an RSA "
        "key in PEM. Empty is the one that `manage.py openid key` made; without any, the portal is no provider.",
    )
    release_version: str = Field(
        "", description="The version that this copy of the insights site answers at /version; its launcher sets it."
    )
    release_commit: str = Field("", description="The commit this copy runs; its launcher sets it.")
    fault_percent: float = Field(
        0.0, ge=0, le=100, description="Per cent of the insights pages that fail, to try a rollback."
    )
    fault_delay_ms: int = Field(
        0, ge=0, le=60_000, description="Milliseconds that the failing copy waits before each answer."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="The least that is logged.")


class ConfigurationError(SystemExit):
    """Ends the process with one sentence for each setting that is wrong."""


def explain(error: ValidationError) -> str:
    """Will say, a line for each wrong setting, its name, what was given and what is wanted."""
    lines = []
    for problem in error.errors():
        field = str(problem["loc"][0])
        name = field if field.isupper() else f"PORTAL_{field.upper()}"
        lines.append(f"{name} is {problem['input']!r}: {problem['msg'].lower()}.")
    return "\n".join(["Verdigris did not start, for its settings are wrong:", *lines, "See docs/settings.md."])


@cache
def read() -> Configuration:
    """Will give the configuration of this process.

    Raises ConfigurationError with a sentence for each mistake.
    """
    try:
        return Configuration()
    except ValidationError as error:
        raise ConfigurationError(explain(error)) from None
