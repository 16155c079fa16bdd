"""Who has a slot, as it stands in the slot's folder for the process that becomes the server."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from notebooks import fence

FILE = "tenant.json"


@dataclass(frozen=True)
class Tenant:
    """A person with the folder that holds their notebooks."""

    person_id: int
    work: Path

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Will read who has the slot.

        Raises FileNotFoundError where nobody has it.
        """
        said = json.loads((folder / FILE).read_text())
        return cls(person_id=int(said["person_id"]), work=Path(said["work"]))

    def token_file(self, folder: Path) -> Path:
        """Will give where the token lies that the person's code asks the data with."""
        return folder / "token" / "token"

    def move_in(self, folder: Path) -> None:
        """Will lay the slot's folder: a folder of its own for the token, which the server only reads, and who it is."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fence.own(self.token_file(folder).parent, person_id=self.person_id)
        fence.own(self.work, person_id=self.person_id)
        draft = folder / f".{FILE}"
        draft.write_text(json.dumps({"person_id": self.person_id, "work": str(self.work)}))
        draft.replace(folder / FILE)
