"""Whether SQL only reads: a small, suspicious look at statements given to a client on its command line."""

from __future__ import annotations

import re

from runbook_runner.model.command import Effect
from runbook_runner.syntax.grammar import OPAQUE

_NOISE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_READS = frozenset(["select", "show", "explain", "describe", "desc", "table", "values", "with", "use"])
_CHANGES = re.compile(
    r"\b(insert|update|delete|truncate|drop|alter|create|grant|revoke|merge|replace|vacuum|reindex|cluster|copy|call|do|"
    r"lock|refresh|into|kill|flush|reset|set|optimize|repair|purge|start|stop|change|load|rename|begin|commit|prepare|"
    r"analyze|checkpoint|import|outfile|dumpfile|nextval|setval|attach|detach|comment|notify|execute)\b",
    re.IGNORECASE,
)
_HARMLESS = {"show": "create", "explain": "analyze"}
"""Words that change nothing after these."""
_CALL = re.compile(r"\b([a-z_][\w.]*)\s*\(", re.IGNORECASE)
_PURE = frozenset(
    [
        "count",
        "sum",
        "avg",
        "min",
        "max",
        "coalesce",
        "now",
        "age",
        "round",
        "abs",
        "lower",
        "upper",
        "length",
        "substring",
        "substr",
        "trim",
        "concat",
        "date_trunc",
        "extract",
        "to_char",
        "to_timestamp",
        "pg_size_pretty",
        "pg_database_size",
        "pg_relation_size",
        "pg_total_relation_size",
        "pg_table_size",
        "pg_indexes_size",
        "pg_is_in_recovery",
        "pg_last_xact_replay_timestamp",
        "pg_last_wal_receive_lsn",
        "pg_last_wal_replay_lsn",
        "pg_current_wal_lsn",
        "pg_wal_lsn_diff",
        "pg_blocking_pids",
        "current_database",
        "current_setting",
        "version",
        "pg_postmaster_start_time",
        "array_agg",
        "string_agg",
        "unnest",
        "row_number",
        "rank",
        "cast",
        "nullif",
        "greatest",
        "least",
        "format",
        "left",
        "right",
        "in",
        "values",
        "any",
        "all",
        "exists",
        "and",
        "or",
        "not",
        "as",
        "over",
        "on",
        "where",
        "from",
        "using",
        "by",
        "filter",
        "floor",
        "ceil",
        "date",
        "interval",
        "timestamp",
        "json_agg",
        "array",
        "row",
        "distinct",
        "case",
        "when",
        "then",
        "else",
        "end",
        "if",
        "ifnull",
        "sleep_none",
        "information_schema.tables",
        "date_sub",
        "date_add",
        "timestampdiff",
        "pg_xlog_location_diff",
        "pg_current_xlog_location",
        "pg_stat_get_activity",
        "generate_series",
        "union",
        "select",
        "having",
        "join",
        "order",
        "group",
        "pg_get_indexdef",
        "regexp_replace",
        "split_part",
        "inet_server_addr",
        "to_regclass",
        "quote_ident",
        "obj_description",
        "pg_stat_file",
        "pg_get_constraintdef",
        "mod",
        "random",
        "current_date",
        "datediff",
        "numeric",
        "decimal",
        "varchar",
        "percentile_cont",
        "within",
        "hex",
        "pg_backend_pid",
        "pg_conf_load_time",
        "pg_is_wal_replay_paused",
        "pg_get_wal_replay_pause_state",
        "pg_last_committed_xact",
        "pg_ls_waldir",
        "pg_ls_logdir",
        "pg_ls_tmpdir",
        "pg_ls_archive_statusdir",
        "pg_walfile_name",
        "pg_walfile_name_offset",
        "pg_current_wal_insert_lsn",
        "pg_current_wal_flush_lsn",
        "pg_tablespace_size",
        "pg_tablespace_location",
        "pg_column_size",
        "pg_relation_filepath",
        "pg_relation_filenode",
        "pg_get_viewdef",
        "pg_get_functiondef",
        "pg_get_triggerdef",
        "pg_get_ruledef",
        "pg_get_userbyid",
        "pg_get_expr",
        "pg_get_serial_sequence",
        "pg_get_partkeydef",
        "pg_table_is_visible",
        "pg_encoding_to_char",
        "pg_typeof",
        "pg_options_to_table",
        "pg_size_bytes",
        "pg_safe_snapshot_blocking_pids",
        "pg_lock_status",
        "pg_stat_get_backend_pid",
        "pg_stat_get_wal_senders",
        "pg_show_all_settings",
        "pg_partition_tree",
        "pg_my_temp_schema",
        "pg_jit_available",
        "pg_xact_commit_timestamp",
        "pg_control_checkpoint",
        "pg_control_system",
        "pg_control_recovery",
        "pg_control_init",
        "pg_sleep",
        "inet_server_port",
        "inet_client_addr",
        "inet_client_port",
        "has_table_privilege",
        "has_database_privilege",
        "has_schema_privilege",
        "has_function_privilege",
        "has_column_privilege",
        "pg_has_role",
        "txid_current_if_assigned",
        "pg_current_xact_id_if_assigned",
        "pg_snapshot_xmin",
        "txid_snapshot_xmin",
        "current_schemas",
        "current_schema",
        "to_regrole",
        "to_regnamespace",
        "col_description",
        "shobj_description",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
        "date_part",
        "justify_interval",
        "make_interval",
        "json_build_object",
        "jsonb_build_object",
        "row_to_json",
        "to_json",
        "to_jsonb",
        "lag",
        "lead",
        "dense_rank",
        "ntile",
        "first_value",
        "last_value",
        "array_length",
        "array_to_string",
        "cardinality",
        "position",
        "strpos",
        "btrim",
        "ltrim",
        "rtrim",
        "lpad",
        "rpad",
        "initcap",
        "concat_ws",
        "md5",
        "sign",
        "trunc",
        "sqrt",
        "power",
        "string_to_array",
        "regexp_matches",
        "jsonb_array_elements",
        "json_array_elements",
        "jsonb_each",
    ]
)


def judge_sql(text: str) -> tuple[Effect, str]:
    """Return the effect of some SQL, psql's `\\d` commands included, and the reason."""
    if OPAQUE in text and not text.replace(OPAQUE, "").strip():
        return Effect.UNKNOWN, "which SQL this is shows only when it runs"
    statements = [one.strip() for one in _NOISE.sub(" '' ", text).split(";")]
    worst = (Effect.READ, "reads with SQL")
    for statement in filter(None, statements):
        if re.match(r"\\(d|l|z|timing|x|conninfo|pset|echo|q\b)\S*[^|]*$", statement):
            continue
        statement = statement.removeprefix("''").lstrip()  # a comment stood there
        first = re.match(r"[a-z]+", statement, re.IGNORECASE)
        word = first[0].lower() if first else ""
        harmless = _HARMLESS.get(word, "")
        found = next((one for one in _CHANGES.finditer(statement) if one[0].lower() != harmless), None)
        if word not in _READS:
            certain = found is not None and found.start() == 0
            effect = Effect.CHANGE if certain else Effect.UNKNOWN
            worst = _heavier(worst, (effect, f"SQL that is no known read: {word or statement[:12]}"))
        elif found:
            worst = _heavier(worst, (Effect.CHANGE, f"SQL with {found[0].lower()}"))
        elif strange := next((one for one in _CALL.findall(statement) if one.lower() not in _PURE), ""):
            risky = re.match(
                r"(?i)pg_(terminate|cancel|reload|rotate|switch|promote|drop|create|advisory|wal_replay)", strange
            )
            effect = Effect.CHANGE if risky else Effect.UNKNOWN
            worst = _heavier(worst, (effect, f"SQL that calls {strange}"))
    return worst


def _heavier(one: tuple[Effect, str], other: tuple[Effect, str]) -> tuple[Effect, str]:
    order = (Effect.READ, Effect.UNKNOWN, Effect.CHANGE)
    return one if order.index(one[0]) >= order.index(other[0]) else other
