"""The ledger's one head, and triggers that refuse every change and removal of an event."""

from django.db import migrations

REFUSE = "the ledger is append-only"

SQLITE_MAKE = [
    f"""CREATE TRIGGER audit_event_no_{verb.lower()} BEFORE {verb} ON audit_event
        BEGIN SELECT RAISE(ABORT, '{REFUSE}'); END"""
    for verb in ("UPDATE", "DELETE")
]
POSTGRES_MAKE = [
    f"""CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REFUSE}'; END $$""",
    """CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()""",
]


def make(apps, schema_editor):
    apps.get_model("audit", "Head").objects.get_or_create(id=1)
    put_triggers(schema_editor)


def unmake(apps, schema_editor):
    lift_triggers(schema_editor)


def put_triggers(schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE_MAKE if is_sqlite else POSTGRES_MAKE:
        schema_editor.execute(statement)


def lift_triggers(schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER audit_event_no_update")
        schema_editor.execute("DROP TRIGGER audit_event_no_delete")
    else:
        schema_editor.execute("DROP TRIGGER audit_event_no_change ON audit_event")
        schema_editor.execute("DROP FUNCTION audit_event_refuse")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(make, unmake)]
