"""New notebooks in a person's folder."""

import json
import os

from notebooks import fence
from notebooks.operations import servers
from notebooks.rules.notebook import Document
from portal.accounts.models import User

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def write(document: Document, name: str, *, person: User) -> str:
    """Will write a notebook that isn't there yet and give its path in JupyterLab; one that is there stays as it is.

    The folder is the person's own: what lies in it may be a link to anywhere, which is never followed.
    """
    folder = servers.work_folder(person)
    fence.own(folder, person_id=person.pk)
    place = os.open(folder, os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        file = os.open(name, _NEW, 0o600, dir_fd=place)
    except FileExistsError:
        pass
    else:
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            fence.give_open(opened.fileno(), person_id=person.pk)
            json.dump(document, opened, ensure_ascii=False, indent=1)
    finally:
        os.close(place)
    return f"lab/tree/work/{name}"
